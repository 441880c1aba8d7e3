#pragma once

#include <string>

#include "collectors/http_client.h"
#include "collectors/http_url.h"

namespace revisitd::collectors {

// The head of a request as it goes on the wire. The error names the method or header that cannot be
// sent, never a value.
Result<std::string> format_request_head(const FetchRequest& request, const HttpUrl& url,
                                        const std::string& user_agent);

}  // namespace revisitd::collectors
