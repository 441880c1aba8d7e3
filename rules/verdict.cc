#include "rules/verdict.h"

namespace revisitd::rules {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::clear:
      return "clear";
    case Verdict::tripped:
      return "tripped";
    case Verdict::unproven:
      return "unproven";
    case Verdict::blind:
      return "blind";
  }
  return "";
}

std::optional<Verdict> parse_verdict(std::string_view name) {
  for (const Verdict v : {Verdict::clear, Verdict::tripped, Verdict::unproven, Verdict::blind}) {
    if (name == verdict_name(v)) return v;
  }
  return std::nullopt;
}

std::optional<Share> SlotCounts::share() const {
  if (covered() == 0) return std::nullopt;
  return Share{breach, covered()};
}

Share SlotCounts::coverage() const { return Share{covered(), total()}; }

Verdict judge(const SlotCounts& counts, const Shares& shares, Verdict standing) {
  const std::optional<Share> share = counts.share();
  if (!share || less(counts.coverage(), shares.coverage)) {
    return counts.idle > counts.blind ? Verdict::unproven : Verdict::blind;
  }
  if (!less(*share, shares.trip)) return Verdict::tripped;
  if (!less(shares.clear, *share)) return Verdict::clear;
  return standing;
}

}  // namespace revisitd::rules
