#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collectors/promql_source.h"
#include "daemon/long_past_plan.h"

// Fetches the half year that hygiene looks back at into the store, from servers that have time: one
// request per server, only when nothing else of the past is asked of it, and for nine tenths of the
// time none. A value that is stored stands. No verdict changes by it.
namespace revisitd::daemon {

struct LongPastNote {
  enum class Kind {
    started,   // count: slots left to ask for
    chunk,     // count: values stored, from the slots between `from` and `to`
    failed,    // message: why a chunk could not be had; told once until one can be
    finished,  // nothing is wanted of the server any more
  };
  Kind kind{};
  std::string server;
  std::int64_t count = 0;
  TimePoint from{}, to{};
  std::string message;
};

struct LongPastEnvironment {
  std::function<TimePoint()> now;
  std::function<Duration()> monotonic;
  std::function<boost::asio::awaitable<bool>(Duration)> sleep;  // false: called off
  std::function<bool()> called_off;
  std::function<bool(const std::string& server)> busy;  // with a past that verdicts wait for
  // Null when no server is called that.
  std::function<std::shared_ptr<collectors::PromqlSource>(const std::string& server)> source;
  // Stores values where there are none yet; completes once they are in the store.
  std::function<boost::asio::awaitable<void>(std::vector<storage::SlotRow>)> store;
  std::function<void(storage::Batch)> keep;  // the cursor, after what it stands for
  std::function<std::size_t()> services;     // how many an answer may hold
  std::function<void(const LongPastNote&)> note;
};

class LongPast {
 public:
  // How much more time passes between two chunks than one took.
  static constexpr int kRest = 9;

  explicit LongPast(LongPastEnvironment environment) : environment_(std::move(environment)) {}

  // To be changed between calls only; drain() picks up what was added.
  [[nodiscard]] LongPastPlan& plan() { return plan_; }
  [[nodiscard]] const LongPastPlan& plan() const { return plan_; }
  // Keeps what has changed in the plan.
  void keep_rows();

  // Servers with work that no drain() is at.
  [[nodiscard]] std::set<std::string> idle_servers() const;
  // Works until nothing is wanted of the server any more, or until it is called off.
  boost::asio::awaitable<void> drain(std::string server);

  struct Counters {
    std::uint64_t queries = 0, failures = 0;  // chunks asked for; of them without an answer
    std::uint64_t values = 0;                 // handed to the store
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  boost::asio::awaitable<void> fetch(BackfillChunk chunk);
  void fail(const BackfillChunk& chunk, const collectors::PromqlError& error);

  LongPastEnvironment environment_;
  LongPastPlan plan_;
  std::set<std::string> draining_, troubled_;
  Counters counters_;
};

}  // namespace revisitd::daemon
