#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collectors/promql_source.h"
#include "daemon/backfill_plan.h"

// Fetches the past of triggers that nobody watched, chunk by chunk, and has them judged anew.
//
// The engine's gate is not held meanwhile: live slots go on being judged, and a trigger is judged
// anew over what the store then holds, so that no slot counts twice. A value that was stored live
// stands; what is fetched fills the holes. One request at a time is under way per server, beside
// the live ones.
namespace revisitd::daemon {

struct BackfillNote {
  enum class Kind {
    started,   // count: triggers that wait
    chunk,     // count: values stored, from the slots between `from` and `to`
    failed,    // message: why a chunk could not be had; tried again later or given up
    judged,    // count: triggers judged anew
    finished,  // nothing is wanted of the server any more
  };
  Kind kind{};
  std::string server;
  std::size_t count = 0;
  TimePoint from{}, to{};
  std::string message;
};

struct BackfillEnvironment {
  std::function<TimePoint()> now;
  std::function<boost::asio::awaitable<bool>(Duration)> sleep;  // false: called off
  std::function<bool()> called_off;
  // Null when no server is called that.
  std::function<std::shared_ptr<collectors::PromqlSource>(const std::string& server)> source;
  // Stores values where there are none yet; completes once they are in the store.
  std::function<boost::asio::awaitable<void>(std::vector<storage::SlotRow>)> store;
  std::function<boost::asio::awaitable<void>(std::vector<BackfillPlan::Ready>)> rejudge;
  std::function<void(storage::Batch)> keep;  // the cursor, after what it stands for
  std::function<std::size_t()> services;     // how many an answer may hold
  std::function<void(const BackfillNote&)> note;
};

class Backfill {
 public:
  explicit Backfill(BackfillEnvironment environment) : environment_(std::move(environment)) {}

  // To be changed between calls only; drain() picks up what was added.
  [[nodiscard]] BackfillPlan& plan() { return plan_; }
  [[nodiscard]] const BackfillPlan& plan() const { return plan_; }
  // Keeps what has changed in the plan.
  void keep_rows();
  // Judges anew what waits for nothing more.
  boost::asio::awaitable<void> judge_ready();

  // Servers with work that no drain() is at.
  [[nodiscard]] std::set<std::string> idle_servers() const;
  // Works until nothing is wanted of the server any more, or until it is called off.
  boost::asio::awaitable<void> drain(std::string server);

  struct Counters {
    std::uint64_t queries = 0, failures = 0;  // chunks asked for; of them without an answer
    std::uint64_t values = 0;                 // handed to the store
    std::uint64_t triggers = 0;               // judged to the end
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  boost::asio::awaitable<void> fetch(BackfillPlan::Chunk chunk);
  void fail(const BackfillPlan::Chunk& chunk, const collectors::PromqlError& error);

  BackfillEnvironment environment_;
  BackfillPlan plan_;
  std::set<std::string> draining_;
  std::set<std::string> troubled_;  // servers whose last chunk failed: told once
  Counters counters_;
};

}  // namespace revisitd::daemon
