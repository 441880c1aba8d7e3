#include "rules/decision.h"

#include <charconv>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace revisitd::rules {
namespace {

std::string share_text(Share share) {
  const long long divisor = std::gcd(share.num, share.den);
  return std::to_string(share.num / divisor) + "/" + std::to_string(share.den / divisor);
}

// Reads a meaning from its front, piece by piece; what is compared is never put together, because a
// start asks for it several times of each trigger.
class MeaningReader {
 public:
  explicit MeaningReader(std::string_view text) : rest_(text) {}

  bool take(std::string_view part) {
    if (!rest_.starts_with(part)) return false;
    rest_.remove_prefix(part.size());
    return true;
  }
  bool take(std::string_view name, long long value) { return take(name) && number() == value; }
  bool take(std::string_view name, Share share) {
    if (!take(name)) return false;
    const auto num = number();
    if (!num || !take("/")) return false;
    const auto den = number();
    return den && *den > 0 && Share{*num, *den} == share;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::optional<long long> number() {
    long long value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  std::string_view rest_;
};

}  // namespace

std::string Trigger::meaning() const {
  std::string text = "when " + when.meaning();
  if (provided) text.append("\nprovided ").append(provided->meaning());
  text.append("\nwindow ").append(std::to_string(window.count()));
  text.append("\ntrip ").append(share_text(trip));
  text.append("\nclear ").append(share_text(clear));
  text.append("\ncoverage ").append(share_text(coverage));
  if (hard) text += "\nhard";
  return text;
}

bool Trigger::means(std::string_view text) const {
  MeaningReader reader(text);
  return reader.take("when ") && reader.take(when.meaning()) &&
         (!provided || (reader.take("\nprovided ") && reader.take(provided->meaning()))) &&
         reader.take("\nwindow ", window.count()) && reader.take("\ntrip ", trip) &&
         reader.take("\nclear ", clear) && reader.take("\ncoverage ", coverage) &&
         (!hard || reader.take("\nhard")) && reader.at_end();
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
