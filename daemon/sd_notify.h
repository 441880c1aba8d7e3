#pragma once

#include <optional>
#include <string_view>

#include "rules/time.h"

namespace revisitd::daemon {

// One datagram to the service manager that NOTIFY_SOCKET names ("READY=1", "STOPPING=1",
// "WATCHDOG=1", "STATUS=…"). Nothing happens without one, and a manager that does not listen is no
// error of ours.
void sd_notify(std::string_view state);

// "RELOADING=1" with the moment, as a unit of Type=notify-reload wants it.
void sd_notify_reloading();

// Half of what WATCHDOG_USEC asks of this process, the pace at which it should hear from us.
std::optional<Duration> watchdog_interval();

}  // namespace revisitd::daemon
