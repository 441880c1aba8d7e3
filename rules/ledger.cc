#include "rules/ledger.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace revisitd::rules {
namespace {

constexpr std::string_view kLetters = ".obi";  // in the order of SlotState
constexpr std::size_t kReadable = 128;         // runs that a person may want to read
constexpr std::string_view kPacked =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

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

void SlotLedger::fill(std::int64_t first, std::int64_t run, SlotState state) {
  if (state == SlotState::blind) return;
  counts_.blind -= static_cast<int>(run);
  count_of(state) += static_cast<int>(run);
  const std::int64_t end = first + run;
  while (first < end) {
    const std::size_t p = position(first, slots_);
    const auto left =
        std::min(static_cast<std::size_t>(end - first), static_cast<std::size_t>(slots_) - p);
    if (p % 4 == 0 && left >= 4) {
      std::fill_n(bits_.begin() + static_cast<std::ptrdiff_t>(p / 4), left / 4,
                  static_cast<std::uint8_t>(0x55u * static_cast<unsigned>(state)));
      first += static_cast<std::int64_t>(left / 4 * 4);
    } else {
      bits_[p / 4] |= static_cast<std::uint8_t>(static_cast<unsigned>(state) << (2 * (p % 4)));
      ++first;
    }
  }
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
  const std::string head = std::to_string(slots_) + "@" + (last_ ? std::to_string(*last_) : "-");
  if (!last_) return head;
  const std::size_t packed = (static_cast<std::size_t>(slots_) + 2) / 3;
  const std::size_t longest = std::max(packed, kReadable);
  std::string text;
  // Every slot saves every ledger, so runs are followed up to 32 slots, eight bytes, at a time.
  const auto slots = static_cast<std::size_t>(slots_);
  std::size_t at = position(*last_ + 1, slots_);
  const auto state_here = [&] { return (bits_[at / 4] >> (2 * (at % 4))) & 3u; };
  const auto all_here = [&](unsigned state, std::size_t most) -> std::size_t {
    if (at % 4 != 0) return 1;
    if (most >= 32 && at + 32 <= slots) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, &bits_[at / 4], sizeof eight);
      if (eight == state * 0x5555'5555'5555'5555u) return 32;
    }
    return most >= 4 && at + 4 <= slots && bits_[at / 4] == state * 0x55u ? 4 : 1;
  };
  for (std::size_t left = slots; left > 0 && text.size() <= longest;) {
    const unsigned state = state_here();
    std::size_t run = 0;
    while (run < left && state_here() == state) {
      const std::size_t step = all_here(state, left - run);
      run += step;
      at = at + step == slots ? 0 : at + step;
    }
    text += kLetters[state];
    text += std::to_string(run);
    left -= run;
  }
  return text.size() <= longest ? head + ":" + text : head + "=" + pack();
}

std::string SlotLedger::pack() const {
  std::string text;
  const std::int64_t oldest = *last_ - slots_ + 1;
  for (int at = 0; at < slots_; at += 3) {
    std::size_t three = 0;
    for (int i = 0; i < 3 && at + i < slots_; ++i) {
      three |= static_cast<std::size_t>(get(oldest + at + i)) << (2 * i);
    }
    text += kPacked[three];
  }
  return text;
}

bool SlotLedger::unpack(std::string_view text, std::int64_t last) {
  if (text.size() != (static_cast<std::size_t>(slots_) + 2) / 3) return false;
  for (int at = 0; at < slots_; ++at) {
    const std::size_t three = kPacked.find(text[static_cast<std::size_t>(at / 3)]);
    if (three == std::string_view::npos) return false;
    put(last - slots_ + 1 + at, static_cast<SlotState>((three >> (2 * (at % 3))) & 3));
  }
  return true;
}

bool SlotLedger::read_runs(std::string_view text, std::int64_t last) {
  std::int64_t index = last - slots_ + 1;
  while (!text.empty()) {
    const std::size_t state = kLetters.find(text.front());
    text.remove_prefix(1);
    std::int64_t run = 0;
    if (state == std::string_view::npos || !take_number(text, run)) return false;
    if (run < 1 || run > last - index + 1) return false;
    fill(index, run, static_cast<SlotState>(state));
    index += run;
  }
  return index == last + 1;
}

Result<SlotLedger> SlotLedger::decode(std::string_view text) {
  const Error bad{"not a ledger: expected N@LAST: and runs of slots, or N@LAST= and packed ones"};
  int slots = 0;
  if (!take_number(text, slots) || slots < 1 || slots > kMaxSlots) return bad;
  if (!text.starts_with('@')) return bad;
  text.remove_prefix(1);
  SlotLedger ledger(slots);
  if (text == "-") return ledger;
  std::int64_t last = 0;
  if (!take_number(text, last) || text.empty()) return bad;
  const char form = text.front();
  text.remove_prefix(1);
  const bool read =
      (form == ':' && ledger.read_runs(text, last)) || (form == '=' && ledger.unpack(text, last));
  if (!read) return bad;
  ledger.last_ = last;
  return ledger;
}

}  // namespace revisitd::rules
