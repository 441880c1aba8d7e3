#pragma once

#include <string>
#include <string_view>

#include "rules/time.h"

// What the daemon says of itself to those who hear of its decisions: that one of its receivers
// takes no messages, and that it does not stay up.
namespace revisitd::daemon::notify {

enum class NoticeKind {
  receiver_rejects,  // a message was given up
  receiver_accepts,  // the first one taken after that
  restarts,          // it ends again and again, and not in good order
};
// "receiver.rejects", …: types of messages.
std::string_view notice_type(NoticeKind kind);

struct Notice {
  NoticeKind kind{};
  std::string receiver;  // whom it is about; that one is not told. "" = about the daemon
  TimePoint since{};     // of what it tells of
  TimePoint at{};
  int count = 0;    // of restarts
  std::string why;  // what the receiver said last; holds no secret
};

// One line, no full stop; and what to do.
std::string notice_headline(const Notice& notice);
std::string notice_text(const Notice& notice);

}  // namespace revisitd::daemon::notify
