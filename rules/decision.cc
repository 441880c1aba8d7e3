#include "rules/decision.h"

#include <array>
#include <boost/static_string/static_string.hpp>
#include <charconv>
#include <numeric>
#include <string_view>

namespace revisitd::rules {
namespace {

// What a meaning says of everything but the conditions, put together in place: a start asks for it
// several times of each trigger.
using Rest = boost::static_string<256>;

void append(Rest& text, std::string_view name, long long value) {
  std::array<char, 24> digits{};
  text.append(name.data(), name.size());
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void append(Rest& text, std::string_view name, Share share) {
  const long long divisor = std::gcd(share.num, share.den);
  append(text, name, share.num / divisor);
  append(text, "/", share.den / divisor);
}

Rest rest_of(const Trigger& trigger) {
  Rest text;
  append(text, "\nwindow ", trigger.window.count());
  append(text, "\ntrip ", trigger.trip);
  append(text, "\nclear ", trigger.clear);
  append(text, "\ncoverage ", trigger.coverage);
  if (trigger.hard) text += "\nhard";
  return text;
}

}  // namespace

std::string Trigger::meaning() const {
  std::string text = "when " + when.meaning();
  if (provided) text.append("\nprovided ").append(provided->meaning());
  const Rest rest = rest_of(*this);
  return text.append(rest.data(), rest.size());
}

bool Trigger::means(std::string_view text) const {
  const auto take = [&text](std::string_view part) {
    if (!text.starts_with(part)) return false;
    text.remove_prefix(part.size());
    return true;
  };
  const Rest rest = rest_of(*this);
  return take("when ") && take(when.meaning()) &&
         (!provided || (take("\nprovided ") && take(provided->meaning()))) &&
         text == std::string_view(rest.data(), rest.size());
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
