#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/web/api.h"
#include "daemon/web/fleet.h"
#include "daemon/web/request_values.h"
#include "daemon/web/signal_range.h"

namespace revisitd::daemon::web {
namespace {

constexpr Duration kUsualSpan = std::chrono::hours(24);

Result<Duration> choose_step(std::optional<Duration> asked, Duration span, const SignalUse& use,
                             const std::vector<Duration>& ladder) {
  if (!asked) {
    if (use.trigger != nullptr && span.count() <= kMostSlots * use.length.count())
      return use.length;
    return length_for(span, ladder);
  }
  if (std::find(ladder.begin(), ladder.end(), *asked) != ladder.end()) return *asked;
  std::string lengths;
  for (const Duration length : ladder)
    lengths += (lengths.empty() ? "" : ", ") + format_duration(length);
  return Error{"`step`: expected one of the slot lengths " + lengths};
}

Result<SlotRange> read_range(const Call& call, const SignalUse& use) {
  const auto start = moment_parameter(call.request, "start");
  if (!start) return start.error();
  const auto end = moment_parameter(call.request, "end");
  if (!end) return end.error();
  const auto step = span_parameter(call.request, "step");
  if (!step) return step.error();
  const TimePoint to = end->value_or(call.app.now());
  const std::vector<Duration>& ladder = call.app.engine().options().ladder;
  // A ladder of seconds does not reach over a day. Where nobody asks for a length it is the one
  // that the signal is kept at.
  const Duration kept = use.trigger != nullptr ? use.length : ladder.back();
  const Duration most =
      step->value_or(start->has_value() ? ladder.back() : kept) * (kMostSlots - 1);
  const TimePoint from = start->value_or(to - std::min(std::max(use.window, kUsualSpan), most));
  if (to < from) return Error{"`end` must not be before `start`"};
  const auto length = choose_step(*step, to - from, use, ladder);
  if (!length) return length.error();
  if ((to - from).count() / length->count() >= kMostSlots) {
    return Error{
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
        "resolution (?step=XX)"};
  }
  return slots_between(from, to, *length);
}

Json series_json(const rules::DecisionState& state, const std::string& signal,
                 const SlotRange& range, const std::vector<storage::IndexedValue>& values) {
  Json samples = Json::array(), bounds = Json::array();
  for (const auto& [index, value] : values) {
    const Json at = unix_json(slot_start(index, range.length));
    samples.push_back({at, sample_text(value.value)});
    if (!value.is_exact()) bounds.push_back({at, sample_text(value.low), sample_text(value.high)});
  }
  Json data{{"service", state.decision->service},
            {"signal", signal},
            {"unit", unit_name(state.decision->signals.find(signal)->second.unit)},
            {"step", to_seconds(range.length)},
            {"values", std::move(samples)}};
  if (!bounds.empty()) data["bounds"] = std::move(bounds);
  return data;
}

}  // namespace

boost::asio::awaitable<HttpResponse> api_signal(const Call& call) {
  const std::string& service = call.arguments[0];
  const std::string& signal = call.arguments[1];
  const rules::DecisionState* state = find_decision(call.app.engine(), service);
  if (state == nullptr) {
    co_return api_error(ApiError::not_found,
                        "no decision is in force for service '" + service + "'");
  }
  if (!state->decision->signals.contains(signal)) {
    co_return api_error(ApiError::not_found,
                        "service '" + service + "' has no signal '" + signal + "'");
  }
  const auto range = read_range(call, use_of(call.app.engine(), *state, signal));
  if (!range) co_return api_error(ApiError::bad_data, range.error().message);
  const auto values =
      co_await call.app.slots(service, signal, range->length, range->first, range->last);
  // The decision may have gone while the store was asked.
  state = find_decision(call.app.engine(), service);
  if (state == nullptr || !state->decision->signals.contains(signal)) {
    co_return api_error(ApiError::not_found,
                        "no decision is in force for service '" + service + "'");
  }
  co_return api_success(series_json(*state, signal, *range, values));
}

}  // namespace revisitd::daemon::web
