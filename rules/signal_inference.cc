#include "rules/signal_inference.h"

#include <cctype>
#include <string>

#include "rules/condition.h"
#include "rules/functions.h"
#include "rules/lexer.h"

namespace revisitd::rules {
namespace {

constexpr int kMostUnknown = 6;  // four units each: more names are not a condition but a riddle

std::string_view name_at(std::string_view text, std::size_t offset) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  if (offset >= text.size() || std::isdigit(static_cast<unsigned char>(text[offset])) != 0)
    return {};
  std::size_t end = offset;
  while (end < text.size() && is_word(text[end])) ++end;
  return text.substr(offset, end - offset);
}

bool agrees(std::string_view condition, SignalTable& signals, int left) {
  const auto parsed = Condition::parse(condition, signals);
  if (parsed) return true;
  // An unknown signal is reported at its name; declaring a name that is wrong in another way only
  // repeats the error.
  const std::string name(name_at(condition, parsed.error().offset));
  const bool usable = is_signal_name(name) && !signals.contains(name) && !find_function(name);
  if (!usable || left == 0) return false;
  for (const Unit unit : {Unit::number, Unit::seconds, Unit::bytes, Unit::ratio}) {
    SignalSpec& spec = signals[name];
    spec.name = name;
    spec.unit = unit;
    if (agrees(condition, signals, left - 1)) return true;
    signals.erase(name);
  }
  return false;
}

}  // namespace

void infer_signals(std::string_view condition, SignalTable& signals) {
  agrees(condition, signals, kMostUnknown);
}

}  // namespace revisitd::rules
