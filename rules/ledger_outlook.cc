#include "rules/ledger_outlook.h"

#include <algorithm>

namespace revisitd::rules {

std::optional<BreachTrend> breach_trend(const SlotLedger& ledger) {
  if (!ledger.last()) return std::nullopt;
  const std::int64_t end = *ledger.last() + 1;
  const std::int64_t first = end - ledger.slots();
  const std::int64_t middle = first + ledger.slots() / 2;
  const auto share = [&](std::int64_t from, std::int64_t to) -> std::optional<double> {
    int covered = 0, breaches = 0;
    for (std::int64_t i = from; i < to; ++i) {
      const SlotState state = ledger.at(i);
      covered += state == SlotState::ok || state == SlotState::breach;
      breaches += state == SlotState::breach;
    }
    if (covered == 0) return std::nullopt;
    return static_cast<double>(breaches) / covered;
  };
  const auto earlier = share(first, middle), later = share(middle, end);
  if (!earlier || !later) return std::nullopt;
  return BreachTrend{*earlier, *later};
}

std::optional<TimeFlip> slots_until(const SlotLedger& ledger, Verdict standing,
                                    const Shares& shares, SlotState state,
                                    const std::vector<Verdict>& wanted) {
  SlotLedger future = ledger;
  const std::int64_t last = future.last().value_or(0);
  for (int n = 1; n <= future.slots(); ++n) {
    future.record(last + n, state);
    const Verdict verdict = judge(future.counts(), shares, standing);
    if (verdict == Verdict::clear || verdict == Verdict::tripped) standing = verdict;
    if (std::find(wanted.begin(), wanted.end(), verdict) != wanted.end())
      return TimeFlip{n, verdict};
  }
  return std::nullopt;
}

}  // namespace revisitd::rules
