#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/result.h"

namespace revisitd::collectors {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// Gives the headers that prove who asks, anew for each request, so that a rotated secret file
// counts from the next one on. An error keeps the request from being sent; it names the file and
// never its content. Empty: nothing to prove.
using Credentials = std::function<Result<HeaderList>()>;

// "Basic …" for an Authorization header.
std::string basic_authorization(std::string_view user, std::string_view password);

}  // namespace revisitd::collectors
