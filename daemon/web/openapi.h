#pragma once

#include <string_view>

namespace revisitd::daemon::web {

// The description of the API, kept as openapi.yaml beside this file and built in.
std::string_view openapi_yaml();

}  // namespace revisitd::daemon::web
