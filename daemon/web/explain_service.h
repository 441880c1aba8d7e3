#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "daemon/app_view.h"
#include "rules/explain.h"

namespace revisitd::daemon::web {

// Explanations of the service's triggers, of the one named or of all, in the record's order; empty
// when there is no such service or trigger any more. Values are read from the store between two
// triggers, so that a decision with many does not hold the thread.
boost::asio::awaitable<std::vector<rules::Explanation>> explain_service(AppView& app,
                                                                        std::string service,
                                                                        std::string trigger);

}  // namespace revisitd::daemon::web
