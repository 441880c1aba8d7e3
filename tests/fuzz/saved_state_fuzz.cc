#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/reduction.h"
#include "rules/engine_course.h"
#include "rules/signal.h"

// What a database may hold of slots in progress and of decisions' courses is either refused or a
// state that goes on, and that is written and read again as the same. The first byte says which it
// is taken for.
namespace revisitd {
namespace {

using collectors::SignalReducer;
using collectors::StagedSample;

void require(bool holds) {
  if (!holds) std::abort();
}

rules::SignalSpec spec_of(rules::Reduction reduction) {
  rules::SignalSpec spec;
  spec.name = "signal";
  spec.reduction = reduction;
  spec.series = "some_metric";
  spec.quantile = 0.99;
  return spec;
}

SignalReducer reducer_of(rules::Reduction reduction) {
  return SignalReducer(spec_of(reduction), {std::chrono::minutes(1), std::chrono::hours(1)});
}

// Takes a scrape and ends the slots that are there: values may be any, but there are some.
void go_on(SignalReducer reducer) {
  collectors::ReductionCounters counters;
  const TimePoint now = from_millis(1'780'000'000'000);
  const std::vector<StagedSample> samples = {{.series = 1, .value = 5},
                                             {.series = 2, .histogram = 7, .bound = 1, .value = 2}};
  reducer.apply(1, now, samples, counters);
  reducer.fail(2, now);
  for (const Duration length : {Duration(std::chrono::minutes(1)), Duration(std::chrono::hours(1))})
    static_cast<void>(reducer.close(length, slot_index(now, length) + 1));
}

void check_progress(rules::Reduction reduction, std::string_view text) {
  std::optional<SignalReducer::Saved> saved = SignalReducer::read(text);
  if (!saved) return;
  SignalReducer reducer = reducer_of(reduction);
  if (!reducer.restore(*std::move(saved))) return;
  std::string first, second;
  reducer.save(first);
  std::optional<SignalReducer::Saved> again = SignalReducer::read(first);
  require(again.has_value());
  SignalReducer other = reducer_of(reduction);
  require(other.restore(*std::move(again)));
  other.save(second);
  require(first == second);
  go_on(std::move(other));
}

void check_course(std::size_t triggers, std::string_view text) {
  rules::DecisionState state;
  for (std::size_t i = 0; i < triggers; ++i) state.triggers[std::string(1, static_cast<char>(i))];
  rules::DecisionState again = state;
  try {
    rules::read_course(text, state);
  } catch (const rules::CourseReadError&) {
    return;
  }
  std::string first, second;
  rules::append_course(state, first);
  rules::read_course(first, again);
  rules::append_course(again, second);
  require(first == second);
}

}  // namespace
}  // namespace revisitd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using revisitd::rules::Reduction;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      revisitd::check_progress(Reduction::rate, text);
      break;
    case 1:
      revisitd::check_progress(Reduction::quantile, text);
      break;
    case 2:
      revisitd::check_progress(Reduction::max, text);
      break;
    case 3:
      revisitd::check_progress(Reduction::mean, text);
      break;
    default:
      revisitd::check_course(data[0] % 8 - 3U, text);
  }
  return 0;
}
