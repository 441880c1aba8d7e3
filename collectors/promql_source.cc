#include "collectors/promql_source.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <random>

#include "collectors/async_semaphore.h"
#include "collectors/retry_after.h"
#include "rules/diagnostic.h"
#include "rules/percent_encode.h"

namespace revisitd::collectors {
namespace {

using Clock = std::chrono::steady_clock;
using boost::asio::awaitable;

constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(30);
constexpr int kShareOfSlot = 2;  // a live answer may take that part of a slot

std::string seconds_text(TimePoint time) {
  const std::int64_t millis = to_millis(time);
  const std::string fraction = std::to_string(1000 + millis % 1000).substr(1);
  return std::to_string(millis / 1000) + "." + fraction;
}

std::string seconds_text(Duration duration) { return seconds_text(TimePoint{duration}); }

std::string form(const HeaderList& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += rules::percent_encode(name) + '=' + rules::percent_encode(value);
  }
  return out;
}

PromqlFailure failure_of(FetchFailure failure) {
  switch (failure) {
    case FetchFailure::bad_url:
    case FetchFailure::refused_address:
      return PromqlFailure::refused;
    case FetchFailure::too_large:
      return PromqlFailure::wrong_shape;
    case FetchFailure::protocol:
      return PromqlFailure::malformed;
    case FetchFailure::resolve:
    case FetchFailure::connect:
    case FetchFailure::tls:
    case FetchFailure::timeout:
    case FetchFailure::truncated:
    case FetchFailure::cancelled:
      return PromqlFailure::unavailable;
  }
  return PromqlFailure::unavailable;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// What a question is about: a slot that has just ended, or slots long since.
enum class Matter { slot, history };

struct RawAnswer {
  int status = 0;
  std::string body;
  bool too_large = false;
  Duration retry_after{};  // zero: not asked for
};

class Source final : public PromqlSource {
 public:
  Source(boost::asio::any_io_executor executor, HttpClient& client, PromqlServerSpec spec,
         std::function<TimePoint()> now)
      : client_(client),
        spec_(std::move(spec)),
        now_(std::move(now)),
        places_(std::move(executor), std::max<std::size_t>(spec_.max_concurrent, 1)),
        jitter_(static_cast<unsigned>(std::hash<std::string>{}(spec_.url))),
        post_(spec_.post) {
    while (spec_.url.ends_with('/')) spec_.url.pop_back();
    status_.kind = "prometheus";
    status_.job = spec_.name;
    status_.url = spec_.url;
  }

  const PromqlServerSpec& spec() const override { return spec_; }
  TargetStatus status() const override { return status_; }
  const PromqlCounters& counters() const override { return counters_; }

  awaitable<Result<PromqlVector, PromqlError>> query(rules::SignalSpec signal, Duration length,
                                                     TimePoint start) override {
    const Duration within = length / kShareOfSlot;
    const HeaderList fields = {{"query", query_for_slot(signal.query, length)},
                               {"time", seconds_text(start + length)},
                               {"timeout", format_duration(std::min(spec_.timeout, within))}};
    auto raw = co_await ask("/api/v1/query", fields, Clock::now() + within, Matter::slot);
    if (!raw) co_return raw.error();
    if (raw->too_large) co_return fail(too_large(), Matter::slot);
    auto vector = read_promql_vector(raw->status, raw->body, read_options());
    note_outcome(vector ? nullptr : &vector.error(), vector ? vector->services.size() : 0,
                 raw->retry_after, Matter::slot);
    if (!vector) co_return vector.error();
    counters_.unlabelled += vector->unlabelled;
    if (!vector->warnings.empty() && !signal.allow_partial) {
      ++counters_.partial;
      for (auto& [service, value] : vector->services) {
        value = {std::nullopt, rules::Absence::partial};
      }
    }
    co_return std::move(*vector);
  }

  awaitable<Result<SlotHistoryAnswer, PromqlError>> fetch_range(rules::SignalSpec signal,
                                                                Duration length, std::int64_t first,
                                                                std::int64_t last) override {
    SlotHistoryAnswer history;
    std::int64_t points = static_cast<std::int64_t>(std::max<std::size_t>(spec_.range_points, 1));
    while (first < last) {
      const std::int64_t count = std::min(points, last - first);
      const HeaderList fields = {{"query", query_for_slot(signal.query, length)},
                                 {"start", seconds_text(slot_start(first + 1, length))},
                                 {"end", seconds_text(slot_start(first + count, length))},
                                 {"step", seconds_text(length)},
                                 {"timeout", format_duration(spec_.timeout)}};
      auto raw =
          co_await ask("/api/v1/query_range", fields, Clock::time_point::max(), Matter::history);
      if (!raw) co_return raw.error();
      if (raw->too_large && count > 1) {
        points = count / 2;
        continue;
      }
      if (raw->too_large) co_return fail(too_large(), Matter::history);
      auto matrix = read_promql_matrix(raw->status, raw->body, read_options());
      note_outcome(matrix ? nullptr : &matrix.error(), matrix ? matrix->services.size() : 0,
                   raw->retry_after, Matter::history);
      if (!matrix) co_return matrix.error();
      put_into(history, *matrix, signal, length);
      first += count;
    }
    co_return history;
  }

 private:
  PromqlReadOptions read_options() const { return {spec_.service_label, spec_.max_series}; }

  void put_into(SlotHistoryAnswer& history, const PromqlMatrix& matrix,
                const rules::SignalSpec& signal, Duration length) {
    counters_.unlabelled += matrix.unlabelled;
    const bool refused = !matrix.warnings.empty() && !signal.allow_partial;
    if (refused) ++counters_.partial;
    for (const auto& [service, points] : matrix.services) {
      auto& slots = history[service];
      for (const auto& [time, value] : points) {
        const std::int64_t index = slot_index(time, length) - 1;
        slots[index] = refused ? PromqlValue{std::nullopt, rules::Absence::partial} : value;
      }
    }
  }

  // One request, with GET in the place of POST where the server wants that.
  awaitable<Result<RawAnswer, PromqlError>> ask(std::string_view path, HeaderList fields,
                                                Clock::time_point until, Matter matter) {
    fields.insert(fields.end(), spec_.params.begin(), spec_.params.end());
    const auto permit = co_await places_.acquire_until(until);
    const Clock::time_point now = Clock::now();
    if (now < resume_at_) {
      ++counters_.held_back;
      const auto left = std::chrono::ceil<std::chrono::seconds>(resume_at_ - Clock::now());
      co_return PromqlError{
          PromqlFailure::unavailable,
          "backing off for " + std::to_string(left.count()) + " s after: " + status_.last_error};
    }
    if (!permit || now >= until) {
      ++counters_.held_back;
      co_return PromqlError{PromqlFailure::unavailable,
                            "not asked: half of the slot was over before its turn came, with " +
                                std::to_string(spec_.max_concurrent) + " queries at a time"};
    }
    auto raw = co_await send(path, fields, until, matter);
    if (raw && raw->status == 405 && post_) {
      post_ = false;
      raw = co_await send(path, fields, until, matter);
    }
    co_return raw;
  }

  awaitable<Result<RawAnswer, PromqlError>> send(std::string_view path, const HeaderList& fields,
                                                 Clock::time_point until, Matter matter) {
    FetchRequest request;
    request.headers = spec_.headers;
    request.headers.emplace_back("Accept", "application/json");
    if (spec_.credentials) {
      const auto proof = spec_.credentials();
      if (!proof) co_return fail({PromqlFailure::refused, proof.error().message}, matter);
      request.headers.insert(request.headers.end(), proof->begin(), proof->end());
    }
    request.method = post_ ? "POST" : "GET";
    request.url = spec_.url + std::string(path) + (post_ ? "" : "?" + form(fields));
    if (post_) {
      request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
      request.body = form(fields);
    }
    request.timeout = std::min(spec_.timeout, time_until(until));
    request.max_body_bytes = request.max_wire_bytes = spec_.max_body_bytes;
    request.tls = spec_.tls;
    request.proxy = spec_.proxy;
    request.allow_private = spec_.allow_private;
    ++counters_.queries;
    status_.last_scrape = now_();
    auto response = co_await client_.fetch(std::move(request));
    if (!response) {
      const FetchError& error = response.error();
      if (error.failure == FetchFailure::too_large) co_return RawAnswer{0, "", true};
      co_return fail({failure_of(error.failure), error.message}, matter);
    }
    status_.last_duration = response->elapsed;
    counters_.took += response->elapsed;
    const Duration retry_after = wish_of(*response);
    co_return RawAnswer{response->status, std::move(response->body), false, retry_after};
  }

  Duration wish_of(const FetchResponse& response) const {
    if (!response.retry_after || (response.status != 429 && response.status != 503)) return {};
    return parse_retry_after(*response.retry_after, now_()).value_or(Duration::zero());
  }

  // At least a millisecond: a request that is out of time fails by itself.
  static Duration time_until(Clock::time_point until) {
    if (until == Clock::time_point::max()) return Duration::max();
    return std::max(std::chrono::duration_cast<Duration>(until - Clock::now()), Duration{1});
  }

  PromqlError too_large() const {
    return {PromqlFailure::wrong_shape,
            "the answer is larger than " + std::to_string(spec_.max_body_bytes) + " bytes"};
  }

  PromqlError fail(PromqlError error, Matter matter) {
    note_outcome(&error, 0, {}, matter);
    return error;
  }

  void note_outcome(const PromqlError* error, std::size_t services, Duration retry_after,
                    Matter matter) {
    if (matter == Matter::history) {
      note_history(error, retry_after);
      return;
    }
    status_.samples = services;
    status_.health = error == nullptr ? "up" : "down";
    status_.last_error = error == nullptr ? "" : error->message;
    if (error != nullptr) count(*error);
    if (error == nullptr || error->failure != PromqlFailure::unavailable) {
      pause_ = Duration::zero();
      resume_at_ = {};
      return;
    }
    back_off(retry_after);
  }

  // What takes a server too long for months may take it no time for a slot: slots are asked for all
  // the same, unless the server wants to be left alone.
  void note_history(const PromqlError* error, Duration retry_after) {
    if (error == nullptr) return;
    count(*error);
    if (retry_after > Duration::zero()) back_off(retry_after);
  }

  void count(const PromqlError& error) {
    ++counters_.failures;
    ++counters_.by_failure[static_cast<std::size_t>(error.failure)];
  }

  void back_off(Duration retry_after) {
    const Clock::time_point now = Clock::now();
    // Several queries in flight may fail together; that is one failure of the server.
    if (now >= resume_at_) {
      pause_ = pause_ == Duration::zero() ? kFirstPause : std::min(pause_ * 2, kLongestPause);
      std::uniform_real_distribution<double> factor(0.5, 1.0);
      resume_at_ = now + std::chrono::duration_cast<Duration>(pause_ * factor(jitter_));
    }
    resume_at_ = std::max(resume_at_, now + retry_after);
  }

  HttpClient& client_;
  PromqlServerSpec spec_;
  std::function<TimePoint()> now_;
  AsyncSemaphore places_;
  std::minstd_rand jitter_;
  bool post_;
  Duration pause_{};
  Clock::time_point resume_at_;
  TargetStatus status_;
  PromqlCounters counters_;
};

}  // namespace

std::string query_for_slot(std::string_view query, Duration length) {
  constexpr std::string_view kName = "$slot";
  const std::string value = format_duration(length);
  std::string out;
  for (;;) {
    const std::size_t at = query.find(kName);
    if (at == std::string_view::npos) return out.append(query);
    const std::string_view after = query.substr(at + kName.size());
    const bool longer = !after.empty() && is_word(after.front());
    out.append(query.substr(0, at)).append(longer ? kName : std::string_view(value));
    query = after;
  }
}

std::unique_ptr<PromqlSource> make_promql_source(boost::asio::any_io_executor executor,
                                                 HttpClient& client, PromqlServerSpec spec,
                                                 std::function<TimePoint()> now) {
  return std::make_unique<Source>(std::move(executor), client, std::move(spec), std::move(now));
}

}  // namespace revisitd::collectors
