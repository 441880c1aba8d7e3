#include "rules/decision.h"

#include <array>
#include <charconv>
#include <numeric>
#include <string_view>

namespace revisitd::rules {
namespace {

void append(std::string& text, std::string_view name, long long value) {
  std::array<char, 24> digits{};
  text += name;
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void append(std::string& text, std::string_view name, Share share) {
  const long long divisor = std::gcd(share.num, share.den);
  append(text, name, share.num / divisor);
  append(text, "/", share.den / divisor);
}

}  // namespace

std::string Trigger::meaning() const {
  std::string text;
  // In one allocation: a start asks for it several times of each trigger.
  text.reserve(160 + when.meaning().size() + (provided ? provided->meaning().size() : 0));
  text.append("when ").append(when.meaning());
  if (provided) text.append("\nprovided ").append(provided->meaning());
  append(text, "\nwindow ", window.count());
  append(text, "\ntrip ", trip);
  append(text, "\nclear ", clear);
  append(text, "\ncoverage ", coverage);
  if (hard) text += "\nhard";
  return text;
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
