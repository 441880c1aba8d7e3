#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/http_client.h"
#include "daemon/notify/planner.h"
#include "daemon/notify/queue.h"
#include "rules/event.h"
#include "storage/store.h"

// From committed rows to accepted deliveries.
//
// Every receiver has a worker of its own, so that a dead one delays no other. A row is tried only
// after the commit that holds it, and every outcome is committed before it counts: a crash in
// between, and nothing else, sends the row again, with the same id and the same bytes.
// Alertmanagers are also told, every `resend`, of everything that stands, as Prometheus does; that
// needs no rows, for the next round says it all again. Of an Alertmanager's URLs every one is told,
// and one that accepts is enough.
namespace revisitd::daemon::notify {

struct OutboxOptions {
  PlanOptions plan;
  Recipients recipients;
  QueueLimits limits;
  Duration resend = std::chrono::minutes(1);  // a kept-alive alert runs out after four of them
  std::uint32_t seed = 1;                     // of the jitter
};

// Something a log should say.
struct OutboxNote {
  enum class Kind {
    delivered,
    failed,  // will be tried again
    rate_limited,
    dead,           // the receiver rejects us, or has failed for too long
    not_committed,  // the outcome could not be made durable yet
    keepalive,      // an Alertmanager did not take what stands
    broken,         // a round failed in a way nobody foresaw; the next one begins
    secret,  // a secret file is refused; the message says whether the last good one is in use
  };
  Kind kind{};
  std::string receiver;
  std::string id, type, service, revisit;  // of the row, "" where there is none
  std::string message;                     // holds no secret
};

struct OutboxEnvironment {
  boost::asio::any_io_executor executor;
  collectors::HttpClient* http = nullptr;  // not owned; outlives the outbox
  std::function<TimePoint()> clock;
  // Durable when it completes; throws when it is not.
  std::function<boost::asio::awaitable<void>(storage::Batch)> commit;
  // What stands now, for the keep-alive: active_events() of the engine. May be empty.
  std::function<std::vector<rules::Event>(TimePoint now)> active;
  // What the daemon has to say of itself, likewise. May be empty.
  std::function<std::vector<Notice>(TimePoint now)> notices;
  // See PlanInput. May be empty.
  std::function<const rules::Revisit*(const std::string& service)> revisit;
  // May be empty.
  std::function<void(const OutboxNote&)> note;
};

struct ReceiverCounters {
  std::string receiver;
  ReceiverKind kind{};
  std::uint64_t attempts = 0, delivered = 0, failed = 0, rate_limited = 0, dead = 0;
  std::uint64_t keepalives = 0, keepalives_failed = 0, commits_failed = 0;
  std::size_t pending = 0;
  bool failing = false;    // the last attempt got no usable answer
  std::string last_error;  // "" once a message was accepted
  std::optional<TimePoint> last_accepted;
};

// All on the executor's one thread.
class Outbox {
 public:
  Outbox(OutboxOptions options, OutboxEnvironment environment);
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  // stop() first; without it, what is under way is called off and its outcome lost.
  ~Outbox();

  // Pending rows of the store, before start(). Rows of receivers that no longer exist become dead
  // letters, here and in accept().
  void load(std::vector<storage::DeliveryRow> rows);
  // The same from an outbox that was stopped, with what the store does not know yet: outcomes that
  // are not durable count, and rows that are being replaced wait on.
  void take_over(const Outbox& stopped);
  void start();
  // Starts no attempt any more, lets those under way finish until the grace is over, then calls
  // them off; their rows stay pending. Completes soon after the grace at the latest.
  boost::asio::awaitable<void> stop(Duration grace);

  // The rows that tell of the events, to be put into the commit of the step that gave them. Waiting
  // rows among them are not tried until the plan is accepted, after that commit, or dropped, when
  // it failed.
  std::vector<storage::DeliveryRow> plan(const std::vector<rules::Event>& events);
  // The rows that tell of it (plan_notice); the same holds for them.
  std::vector<storage::DeliveryRow> plan(const Notice& notice);
  void accept(const std::vector<storage::DeliveryRow>& committed);
  void drop(const std::vector<storage::DeliveryRow>& planned);

  // Looks at the clock anew: after it was set, and in tests that own it.
  void wake();

  [[nodiscard]] std::vector<storage::DeliveryRow> pending() const;
  // One for each receiver, from the start, in the configuration's order.
  [[nodiscard]] std::vector<ReceiverCounters> counters() const;

 private:
  std::shared_ptr<class OutboxCore> core_;
};

}  // namespace revisitd::daemon::notify
