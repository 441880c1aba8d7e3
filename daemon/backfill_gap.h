#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collectors/promql_source.h"
#include "daemon/backfill_plan.h"
#include "rules/slot.h"

// Fills gaps: slots that ended while the daemon was down, asleep or too slow. What servers still
// know of them is fetched and judged in time order, all slot lengths together, before anything
// newer is; live readings wait meanwhile. The engine then stands where it would stand had it run
// through.
//
// A server that does not answer is waited for, but only so long: then the gap stays blind for its
// signals. What has to do with people (reminders, snoozes that end, review dates) does not happen
// in a gap but after it, once.
namespace revisitd::daemon {

struct GapNote {
  enum class Kind {
    opened,   // count: slots
    failed,   // server, message: a query that is not asked again for this chunk
    gave_up,  // server, message: not waited for any longer
    filled,   // count: slots judged of those that were missing
  };
  Kind kind{};
  std::size_t count = 0;
  std::string server, message;
};

// A signal that a server can be asked for.
struct GapSignal {
  std::string service, signal;
  BackfillQuestion question;
};

struct GapEnvironment {
  boost::asio::any_io_executor executor;
  std::function<TimePoint()> now;
  std::function<boost::asio::awaitable<bool>(Duration)> sleep;  // false: called off
  std::function<std::shared_ptr<collectors::PromqlSource>(const std::string& server)> source;
  // What is wanted of servers at a slot length, sorted by service.
  std::function<std::vector<GapSignal>(Duration length)> wanted;
  // Judges them in this order and stores their values.
  std::function<boost::asio::awaitable<void>(std::vector<rules::SlotReading>)> judge;
  std::function<void(const GapNote&)> note;
};

struct GapOptions {
  Duration patience = std::chrono::seconds(30);   // with a server that does not answer
  Duration most_time = std::chrono::minutes(10);  // for a whole gap
  std::int64_t most_values = 200'000;             // asked for at once
  std::int64_t most_slots = 500;
  std::size_t judged_at_once = 20'000;  // signals
};

class GapFiller {
 public:
  struct Stretch {
    Duration length{};
    SlotRange slots;  // those not judged yet
  };

  GapFiller(GapEnvironment environment, GapOptions options)
      : environment_(std::move(environment)), options_(options) {}

  // Opens a gap, or widens the open one. Stretches of a length follow each other in time. True when
  // run() has to be started.
  [[nodiscard]] bool open(const std::vector<Stretch>& stretches);
  // A live reading, to be judged when its time comes. Only while the gap is open.
  void hold(rules::SlotReading reading);
  // From open() on until run() has judged the last of it.
  [[nodiscard]] bool is_open() const { return open_; }
  // Fills the gap and judges what was held; completes when both are done, or when called off.
  boost::asio::awaitable<void> run();

  [[nodiscard]] std::vector<Stretch> left() const;
  [[nodiscard]] std::uint64_t judged() const { return judged_; }
  [[nodiscard]] std::uint64_t queries() const { return queries_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }

 private:
  using Answers = std::map<BackfillQuestion, collectors::SlotHistoryAnswer>;
  struct Line {
    SlotRange left;     // first: the slot to judge next
    SlotRange fetched;  // what `answers` tell of
    std::vector<GapSignal> wanted;
    Answers answers;
  };
  struct Asking;

  // The length whose slot ends next; nothing when all are done.
  [[nodiscard]] std::optional<Duration> earliest() const;
  [[nodiscard]] std::optional<std::size_t> earliest_held() const;
  boost::asio::awaitable<bool> fetch(Duration length);
  static boost::asio::awaitable<void> ask(std::shared_ptr<Asking> asking, BackfillQuestion question,
                                          SlotRange slots);
  [[nodiscard]] static rules::SlotReading read(Duration length, const Line& line);
  void give_up(const std::string& server, const std::string& why);

  GapEnvironment environment_;
  GapOptions options_;
  std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);  // told to late answers
  bool open_ = false;
  std::map<Duration, Line> lines_;
  std::vector<rules::SlotReading> held_;
  std::set<std::string> given_up_;                 // for the gap that is open
  std::map<std::string, TimePoint> silent_since_;  // servers that do not answer now
  TimePoint opened_{};
  std::size_t filled_ = 0;  // of the gap that is open
  std::uint64_t judged_ = 0, queries_ = 0, failures_ = 0;
};

}  // namespace revisitd::daemon
