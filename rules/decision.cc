#include "rules/decision.h"

#include <numeric>

namespace revisitd::rules {
namespace {

std::string fraction(Share share) {
  const long long divisor = std::gcd(share.num, share.den);
  return std::to_string(share.num / divisor) + '/' + std::to_string(share.den / divisor);
}

}  // namespace

std::string Trigger::meaning() const {
  std::string result = "when " + when.meaning();
  if (provided) result += "\nprovided " + provided->meaning();
  result += "\nwindow " + std::to_string(window.count()) + "\ntrip " + fraction(trip) + "\nclear " +
            fraction(clear) + "\ncoverage " + fraction(coverage);
  if (hard) result += "\nhard";
  return result;
}

std::optional<TimePoint> Decision::review_date() const {
  if (review_by) return review_by;
  if (review_every) return date + *review_every;
  return std::nullopt;
}

const Trigger* Decision::find_trigger(std::string_view name) const {
  for (const Trigger& t : triggers) {
    if (t.name == name) return &t;
  }
  return nullptr;
}

const char* status_name(RecordStatus status) {
  switch (status) {
    case RecordStatus::proposed:
      return "proposed";
    case RecordStatus::accepted:
      return "accepted";
    case RecordStatus::rejected:
      return "rejected";
    case RecordStatus::deprecated:
      return "deprecated";
    case RecordStatus::superseded:
      return "superseded";
    case RecordStatus::unknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace revisitd::rules
