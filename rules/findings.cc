#include "rules/findings.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace revisitd::rules {
namespace {

constexpr std::size_t kLongestWord = 64;  // longer words are not compared letter by letter
constexpr std::ptrdiff_t kSameWarnings = 3;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Letters to insert, drop or replace; upper and lower case count as the same.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t swap = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({swap, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// A slip of the keyboard, a word cut short, or another word with the same beginning.
bool is_near(std::string_view word, std::string_view candidate, std::size_t distance) {
  if (distance <= std::max<std::size_t>(1, word.size() / 3)) return true;
  if (word.size() >= 3 && candidate.starts_with(word)) return true;
  return lower(word.front()) == lower(candidate.front()) && distance * 3 <= word.size() * 2;
}

// Whether one more warning is kept: a few that say the same are enough, and make room for others.
bool has_room(const std::vector<Diagnostic>& found, const std::string& warning, std::size_t limit) {
  const auto is_warning = [](const Diagnostic& d) { return d.severity == Severity::warning; };
  const auto says_it = [&](const Diagnostic& d) { return is_warning(d) && d.message == warning; };
  const auto kept = std::count_if(found.begin(), found.end(), is_warning);
  return static_cast<std::size_t>(kept) < limit &&
         std::count_if(found.begin(), found.end(), says_it) < kSameWarnings;
}

}  // namespace

Findings::Findings(std::string file, std::string_view text, std::size_t limit)
    : file_(std::move(file)),
      text_(text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text),
      limit_(limit) {}

void Findings::add(Place place, std::string message, Severity severity) {
  if (severity == Severity::error && ++errors_ > limit_) return;
  if (severity == Severity::warning && !has_room(found_, message, limit_)) {
    ++dropped_warnings_;
    return;
  }
  const auto later = [](Place at, const Diagnostic& other) {
    return std::tie(at.line, at.column) < std::tie(other.place.line, other.place.column);
  };
  const auto after = std::upper_bound(found_.begin(), found_.end(), place, later);
  found_.insert(after, {file_, place, std::move(message), line_of(text_, place), severity});
}

std::vector<Diagnostic> Findings::list() const {
  std::vector<Diagnostic> all = found_;
  const auto tell = [&](std::size_t count, const char* what, Severity severity) {
    const std::string message = "and " + std::to_string(count) + what + ", not shown";
    if (count > 0) all.push_back({file_, {}, message, "", severity});
  };
  tell(dropped_warnings_, dropped_warnings_ == 1 ? " more warning" : " more warnings",
       Severity::warning);
  tell(errors_ - std::min(errors_, limit_), " more", Severity::error);
  return all;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.empty() || word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t least = kLongestWord;
  for (const std::string_view candidate : known) {
    if (candidate.empty() || candidate.size() > kLongestWord) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least && is_near(word, candidate, distance)) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  if (const std::string_view best = nearest(word, known); !best.empty()) {
    return "did you mean `" + std::string(best) + "`?";
  }
  std::string result = "expected ";
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (i > 0) result += i + 1 == known.size() ? " or " : ", ";
    result += '`' + std::string(known[i]) + '`';
  }
  return result;
}

}  // namespace revisitd::rules
