#pragma once

#include <string>

#include "collectors/http_client.h"
#include "rules/result.h"

namespace revisitd::daemon::cli {

// One request, waited for: a command has nothing else to do meanwhile. The error is one line for
// people.
Result<collectors::FetchResponse> fetch(collectors::FetchRequest request);

}  // namespace revisitd::daemon::cli
