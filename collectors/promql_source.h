#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "collectors/http_client.h"
#include "collectors/promql_answer.h"
#include "collectors/request_credentials.h"
#include "collectors/target_status.h"
#include "rules/signal.h"
#include "rules/time.h"

// One Prometheus-compatible server: one query per signal and slot length answers for all services.
namespace revisitd::collectors {

// An evaluation delay takes no more of a slot than one part in so many.
constexpr int kEvaluationDelayShare = 4;

struct PromqlServerSpec {
  std::string name;
  std::string url;  // with any path prefix; /api/v1/query is put behind it
  std::string service_label = "service";
  Duration timeout = std::chrono::seconds(30);  // total, per request
  // After a slot's end, for late samples; no more than a quarter of the slot.
  Duration evaluation_delay = std::chrono::seconds(2);
  std::size_t max_concurrent = 4;
  bool post = true;  // a server that answers 405 is asked with GET from then on
  // Put to every query: tenants' and caches' flags such as partial_response or nocache.
  std::vector<std::pair<std::string, std::string>> params;
  HeaderList headers;
  Credentials credentials;
  std::shared_ptr<const TlsOptions> tls;
  std::shared_ptr<const ProxyOptions> proxy;
  bool allow_private = true;
  std::size_t max_body_bytes = 16u << 20;
  std::size_t max_series = 200'000;
  std::size_t range_points = 500;  // slots asked for at once; fewer when the answer is too large
};

// `$slot` replaced by the slot length as PromQL writes durations.
std::string query_for_slot(std::string_view query, Duration length);

// Values of slots by service and slot index.
using SlotHistoryAnswer = std::map<std::string, std::map<std::int64_t, PromqlValue>, std::less<>>;

struct PromqlCounters {
  std::uint64_t queries = 0;
  std::uint64_t failures = 0;                 // of them, by transport or answer
  std::array<std::uint64_t, 4> by_failure{};  // in the order of PromqlFailure
  Duration took{};                            // all answers together
  std::uint64_t held_back = 0;                // not sent while backing off
  std::uint64_t partial = 0;                  // answers with warnings that were not taken
  std::uint64_t unlabelled = 0;               // elements without the service label
};

class PromqlSource {
 public:
  virtual ~PromqlSource() = default;
  [[nodiscard]] virtual const PromqlServerSpec& spec() const = 0;

  // The signal's query evaluated at the end of the slot that starts at `start`. Partial answers
  // come as values that are absent, unless the signal allows them. What has not been answered
  // within half a slot fails, or is not asked any more when others were before it so long: a server
  // that hangs must not hold up the next slot. After a failure that may pass, the server is left
  // alone for 1 s, then twice as long each time up to 30 s, and after a 429 or 503 as long as its
  // Retry-After asks (1 s to 1 h) where that is longer; meanwhile queries fail at once.
  virtual boost::asio::awaitable<Result<PromqlVector, PromqlError>> query(rules::SignalSpec signal,
                                                                          Duration length,
                                                                          TimePoint start) = 0;

  // The same for the slots first <= index < last with range queries, in chunks. Slots without an
  // answer are not in it. A failure holds no query() back, unless the server asks for that, and
  // does not show in status().
  virtual boost::asio::awaitable<Result<SlotHistoryAnswer, PromqlError>> fetch_range(
      rules::SignalSpec signal, Duration length, std::int64_t first, std::int64_t last) = 0;

  [[nodiscard]] virtual TargetStatus status() const = 0;
  [[nodiscard]] virtual const PromqlCounters& counters() const = 0;
};

// `now` gives the wall clock, for status() and for a Retry-After that is a date. Both references
// must outlive the source and its calls.
std::unique_ptr<PromqlSource> make_promql_source(boost::asio::any_io_executor executor,
                                                 HttpClient& client, PromqlServerSpec spec,
                                                 std::function<TimePoint()> now);

}  // namespace revisitd::collectors
