#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/http_server.h"

namespace revisitd::daemon {

// Wraps a handler: requests without a right name and password get 401 and never reach it; the
// others carry the name in HttpRequest::user. Every request is checked anew, on one of two threads
// beside the network's; an unknown name costs as much as a wrong password. When 64 checks wait
// already, or one takes over 10 s, the answer is 503. With no users the handler is returned as it
// is. The wrapper must be destroyed before the executor's context.
HttpHandler require_basic_auth(boost::asio::any_io_executor executor,
                               std::map<std::string, std::string> users, HttpHandler next);

// Name and password of an Authorization header; nothing when it is no well-formed Basic one.
std::optional<std::pair<std::string, std::string>> parse_basic_credentials(
    std::string_view authorization);

// Whether the password belongs to the bcrypt hash; takes as long as the hash's cost says. Compares
// in constant time.
bool bcrypt_matches(const std::string& password, const std::string& hash);

}  // namespace revisitd::daemon
