#include "rules/ledger.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace revisitd::rules {
namespace {

constexpr std::string_view kLetters = ".obi";  // in the order of SlotState

std::size_t position(std::int64_t index, int slots) {
  const std::int64_t m = index % slots;
  return static_cast<std::size_t>(m < 0 ? m + slots : m);
}

template <class Int>
bool take_number(std::string_view& text, Int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

SlotLedger::SlotLedger(int slots) : slots_(slots) {
  if (slots < 1 || slots > kMaxSlots) throw std::invalid_argument("ledger of no or too many slots");
  bits_.assign(static_cast<std::size_t>((slots + 3) / 4), 0);
  counts_.blind = slots;
}

int& SlotLedger::count_of(SlotState state) {
  switch (state) {
    case SlotState::blind:
      return counts_.blind;
    case SlotState::ok:
      return counts_.ok;
    case SlotState::breach:
      return counts_.breach;
    case SlotState::idle:
      return counts_.idle;
  }
  throw std::logic_error("slot state");
}

SlotState SlotLedger::get(std::int64_t index) const {
  const std::size_t p = position(index, slots_);
  return static_cast<SlotState>((bits_[p / 4] >> (2 * (p % 4))) & 3);
}

void SlotLedger::put(std::int64_t index, SlotState state) {
  const std::size_t p = position(index, slots_);
  --count_of(get(index));
  ++count_of(state);
  const auto shift = static_cast<unsigned>(2 * (p % 4));
  bits_[p / 4] = static_cast<std::uint8_t>((bits_[p / 4] & ~(3u << shift)) |
                                           (static_cast<unsigned>(state) << shift));
}

bool SlotLedger::record(std::int64_t index, SlotState state) {
  if (last_ && index <= *last_) return false;
  if (last_) {
    // A gap longer than the window overwrites each slot once, however long it was.
    const std::int64_t first = std::max(*last_ + 1, index - slots_ + 1);
    for (std::int64_t i = first; i < index; ++i) put(i, SlotState::blind);
  }
  put(index, state);
  last_ = index;
  return true;
}

SlotState SlotLedger::at(std::int64_t index) const {
  if (!last_ || index > *last_ || index <= *last_ - slots_) return SlotState::blind;
  return get(index);
}

std::optional<std::int64_t> SlotLedger::first_breach() const {
  if (!last_ || counts_.breach == 0) return std::nullopt;
  for (std::int64_t i = *last_ - slots_ + 1; i <= *last_; ++i) {
    if (get(i) == SlotState::breach) return i;
  }
  return std::nullopt;
}

std::string SlotLedger::encode() const {
  std::string text = std::to_string(slots_) + "@";
  if (!last_) return text + "-";
  text += std::to_string(*last_) + ":";
  const std::int64_t oldest = *last_ - slots_ + 1;
  for (std::int64_t i = oldest; i <= *last_;) {
    const SlotState state = get(i);
    std::int64_t end = i + 1;
    while (end <= *last_ && get(end) == state) ++end;
    text += kLetters[static_cast<std::size_t>(state)];
    text += std::to_string(end - i);
    i = end;
  }
  return text;
}

Result<SlotLedger> SlotLedger::decode(std::string_view text) {
  const Error bad{"not a ledger: expected N@LAST: and runs of slots"};
  int slots = 0;
  if (!take_number(text, slots) || slots < 1 || slots > kMaxSlots) return bad;
  if (!text.starts_with('@')) return bad;
  text.remove_prefix(1);
  SlotLedger ledger(slots);
  if (text == "-") return ledger;
  std::int64_t last = 0;
  if (!take_number(text, last) || !text.starts_with(':')) return bad;
  text.remove_prefix(1);
  std::int64_t index = last - slots + 1;
  while (!text.empty()) {
    const std::size_t state = kLetters.find(text.front());
    text.remove_prefix(1);
    std::int64_t run = 0;
    if (state == std::string_view::npos || !take_number(text, run)) return bad;
    if (run < 1 || run > last - index + 1) return bad;
    for (; run > 0; --run, ++index) ledger.put(index, static_cast<SlotState>(state));
  }
  if (index != last + 1) return bad;
  ledger.last_ = last;
  return ledger;
}

}  // namespace revisitd::rules
