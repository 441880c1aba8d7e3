#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "daemon/app_view.h"
#include "daemon/web/plot.h"

// Plots of a decision's signals, filled with stored slots and with what the record says about them.
namespace revisitd::daemon::web {

// The signals that the decision's triggers and envelope look at: tripped triggers' first, each
// once.
std::vector<std::string> plotted_signals(const rules::DecisionState& state);

// The signal over `range` up to now, or over its trigger's window and half as much before it.
// Nothing when the service or the signal is unknown. Sizes, id and standalone are the caller's.
boost::asio::awaitable<std::optional<Plot>> signal_plot(AppView& app, std::string service,
                                                        std::string signal,
                                                        std::optional<Duration> range);

}  // namespace revisitd::daemon::web
