#pragma once

#include <string>

#include "collectors/http_client.h"
#include "collectors/http_url.h"

namespace revisitd::collectors {

// The head of a request as it goes on the wire, one piece behind the other.
struct RequestHead {
  std::string own;     // the request line and Host
  std::string common;  // which requests for other URLs may have, too
};

// The error names the method or header that cannot be sent, never a value.
Result<RequestHead> format_request_head(const FetchRequest& request, const HttpUrl& url,
                                        const std::string& user_agent);

}  // namespace revisitd::collectors
