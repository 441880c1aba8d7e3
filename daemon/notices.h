#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/notify/notice.h"

namespace revisitd::daemon {

// When the daemon has something to say of itself, once: kept in the store, so that a restart says
// nothing twice. Pure; time is an argument.
class Notices {
 public:
  // A message to a receiver was given up. Nothing while that is known, or within an hour of what
  // was told of this receiver last: one that takes some messages and rejects others is no news each
  // time.
  std::optional<notify::Notice> gave_up(const std::string& receiver, const std::string& why,
                                        TimePoint now);
  // It took one.
  std::optional<notify::Notice> took(const std::string& receiver, TimePoint now);
  // Forgets receivers that are not among these.
  void keep_only(const std::vector<std::string>& receivers);

  // The daemon starts. Told at the fifth start within ten minutes of which none ended in good
  // order, and not again before an hour without a start.
  std::optional<notify::Notice> started(TimePoint now);
  // It ends in good order.
  void ended() { starts_.clear(); }

  // What stands, for receivers that want to hear of it again and again. Restarts do for an hour.
  [[nodiscard]] std::vector<notify::Notice> standing(TimePoint now) const;

  // As a row of the store: kMetaKind, kKey.
  static constexpr const char* kKey = "notices";
  [[nodiscard]] std::string to_json() const;
  // Text that is none of ours leaves nothing known.
  void read(const std::string& json);

 private:
  struct Receiver {
    std::optional<TimePoint> since;  // rejects
    TimePoint told{};
    std::string why;
  };
  std::map<std::string, Receiver> receivers_;
  std::vector<TimePoint> starts_;  // since the last good end, within an hour
  TimePoint last_start_{};
  std::optional<notify::Notice> restarts_;
};

}  // namespace revisitd::daemon
