#include "rules/ledger.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <stdexcept>

namespace revisitd::rules {
namespace {

constexpr std::string_view kLetters = ".obi";  // in the order of SlotState
constexpr std::size_t kReadable = 128;         // runs that a person may want to read
constexpr std::string_view kPacked =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr int kSlotsPerWord = 8;
static_assert(SlotLedger::kMaxSlots <= UINT16_MAX >> 2);

constexpr int length_of(std::uint16_t run) { return run >> 2; }
constexpr SlotState state_of(std::uint16_t run) { return static_cast<SlotState>(run & 3); }
constexpr std::uint16_t make_run(SlotState state, int length) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(length) << 2 |
                                    static_cast<unsigned>(state));
}

constexpr std::size_t index_of(SlotState state) { return static_cast<std::size_t>(state); }

void append_number(std::string& text, std::int64_t value) {
  std::array<char, 24> digits{};
  text.append(digits.data(),
              std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

template <class Int>
bool take_number(std::string_view& text, Int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

SlotLedger::SlotLedger(int slots) : slots_(static_cast<std::uint16_t>(slots)) {
  if (slots < 1 || slots > kMaxSlots) throw std::invalid_argument("ledger of no or too many slots");
  counts_[index_of(SlotState::blind)] = static_cast<std::uint16_t>(slots);
  words_.push_back(make_run(SlotState::blind, slots));
}

SlotCounts SlotLedger::counts() const {
  return {.breach = counts_[index_of(SlotState::breach)],
          .ok = counts_[index_of(SlotState::ok)],
          .idle = counts_[index_of(SlotState::idle)],
          .blind = counts_[index_of(SlotState::blind)]};
}

std::size_t SlotLedger::most_runs() const {
  return std::clamp<std::size_t>(static_cast<std::size_t>(slots_) / 16, SmallWords::kInside, 64);
}

bool SlotLedger::record(std::int64_t index, SlotState state) {
  if (judged_ && index <= last_) return false;
  if (judged_) {
    const auto gap = static_cast<std::uint64_t>(index) - static_cast<std::uint64_t>(last_) - 1;
    // A gap longer than the window overwrites each slot once, however long it was.
    if (gap > 0) {
      const auto window = static_cast<std::uint64_t>(slots_);
      push(SlotState::blind, static_cast<int>(std::min(gap, window)));
    }
  }
  push(state, 1);
  last_ = index;
  judged_ = true;
  return true;
}

void SlotLedger::push(SlotState state, int count) {
  for (; count > 0 && !holds_runs_; --count) put(state);
  if (count > 0) push_run(state, count);
}

void SlotLedger::push_run(SlotState state, int count) {
  std::size_t gone = 0;
  for (int leaving = count; leaving > 0;) {
    std::uint16_t& run = words_[gone];
    const int length = std::min(leaving, length_of(run));
    counts_[index_of(state_of(run))] -= static_cast<std::uint16_t>(length);
    leaving -= length;
    run = make_run(state_of(run), length_of(run) - length);
    if (length_of(run) == 0) ++gone;
  }
  if (gone > 0) words_.drop_front(gone);
  counts_[index_of(state)] += static_cast<std::uint16_t>(count);
  if (words_.size() > 0 && state_of(words_[words_.size() - 1]) == state) {
    std::uint16_t& newest = words_[words_.size() - 1];
    newest = make_run(state, length_of(newest) + count);
    return;
  }
  words_.push_back(make_run(state, count));
  if (words_.size() > most_runs()) hold_bits();
}

SlotState SlotLedger::bits_at(int position) const {
  const unsigned word = words_[static_cast<std::size_t>(position / kSlotsPerWord)];
  return static_cast<SlotState>(word >> (2 * (position % kSlotsPerWord)) & 3u);
}

void SlotLedger::put(SlotState state) {
  if (const SlotState before = bits_at(oldest_); before != state) {
    --counts_[index_of(before)];
    ++counts_[index_of(state)];
    const unsigned at = oldest_;
    const unsigned change = static_cast<unsigned>(before) ^ static_cast<unsigned>(state);
    words_[at / kSlotsPerWord] ^= static_cast<std::uint16_t>(change << 2 * (at % kSlotsPerWord));
  }
  oldest_ = oldest_ + 1 == slots_ ? 0 : oldest_ + 1;
  if (oldest_ != 0) return;
  // Half as many, so that a ledger at the edge does not change to and fro; once a window, because
  // all of it is looked at.
  hold_runs(most_runs() / 2);
}

void SlotLedger::hold_bits() {
  SmallWords bits(static_cast<std::size_t>((slots_ + kSlotsPerWord - 1) / kSlotsPerWord), 0);
  int position = 0;
  for (const std::uint16_t run : words_) {
    for (int end = position + length_of(run); position < end; ++position) {
      bits[static_cast<std::size_t>(position / kSlotsPerWord)] |= static_cast<std::uint16_t>(
          static_cast<unsigned>(state_of(run)) << (2 * (position % kSlotsPerWord)));
    }
  }
  words_ = std::move(bits);
  oldest_ = 0;
  holds_runs_ = false;
}

void SlotLedger::hold_runs(std::size_t most) {
  SmallWords runs;
  each_run([&](SlotState state, int length) {
    runs.push_back(make_run(state, length));
    return runs.size() <= most;
  });
  if (runs.size() > most) return;
  words_ = std::move(runs);
  holds_runs_ = true;
}

template <class Tell>
void SlotLedger::each_run(Tell tell) const {
  if (holds_runs_) {
    for (const std::uint16_t run : words_) {
      if (!tell(state_of(run), length_of(run))) return;
    }
    return;
  }
  int at = oldest_;
  for (int left = slots_; left > 0;) {
    const SlotState state = bits_at(at);
    int run = 0;
    while (run < left) {
      // As many slots of the word as are alike.
      const int here =
          std::min(kSlotsPerWord - at % kSlotsPerWord, std::min(slots_ - at, left - run));
      const unsigned word = words_[static_cast<std::size_t>(at / kSlotsPerWord)];
      const unsigned others =
          (word ^ static_cast<unsigned>(state) * 0x5555u) >> (2 * (at % kSlotsPerWord));
      const int same = std::min(here, std::countr_zero(others) / 2);
      run += same;
      at = at + same == slots_ ? 0 : at + same;
      if (same < here) break;
    }
    if (!tell(state, run)) return;
    left -= run;
  }
}

SlotState SlotLedger::at(std::int64_t index) const {
  if (!judged_ || index > last_) return SlotState::blind;
  const auto distance = static_cast<std::uint64_t>(last_) - static_cast<std::uint64_t>(index);
  if (distance >= static_cast<std::uint64_t>(slots_)) return SlotState::blind;
  const int back = static_cast<int>(distance);
  if (!holds_runs_) {
    const int position = oldest_ - 1 - back;
    return bits_at(position < 0 ? position + slots_ : position);
  }
  int length = 0;
  const std::uint16_t* run = words_.end();
  while (length <= back) length += length_of(*--run);
  return state_of(*run);
}

std::optional<std::int64_t> SlotLedger::first_breach() const {
  if (counts_[index_of(SlotState::breach)] == 0) return std::nullopt;
  int back = slots_ - 1;
  each_run([&](SlotState state, int length) {
    if (state == SlotState::breach) return false;
    back -= length;
    return true;
  });
  return last_ - back;
}

std::string SlotLedger::encode() const {
  std::string text;
  append_number(text, slots_);
  text += '@';
  if (!judged_) return text += '-';
  append_number(text, last_);
  const std::size_t head = text.size();
  const std::size_t packed = (static_cast<std::size_t>(slots_) + 2) / 3;
  const std::size_t longest = head + 1 + std::max(packed, kReadable);
  text += ':';
  each_run([&](SlotState state, int length) {
    text += kLetters[index_of(state)];
    append_number(text, length);
    return text.size() <= longest;
  });
  if (text.size() <= longest) return text;
  text.resize(head);
  append_packed(text += '=');
  return text;
}

void SlotLedger::append_packed(std::string& text) const {
  std::size_t three = 0;
  int shift = 0;
  each_run([&](SlotState state, int length) {
    for (; length > 0; --length) {
      three |= index_of(state) << shift;
      shift += 2;
      if (shift < 6) continue;
      text += kPacked[three];
      three = 0;
      shift = 0;
    }
    return true;
  });
  if (shift > 0) text += kPacked[three];
}

bool SlotLedger::unpack(std::string_view text) {
  if (text.size() != (static_cast<std::size_t>(slots_) + 2) / 3) return false;
  for (int at = 0; at < slots_; ++at) {
    const std::size_t three = kPacked.find(text[static_cast<std::size_t>(at / 3)]);
    if (three == std::string_view::npos) return false;
    push(static_cast<SlotState>((three >> (2 * (at % 3))) & 3), 1);
  }
  return true;
}

bool SlotLedger::read_runs(std::string_view text) {
  int left = slots_;
  while (!text.empty()) {
    const std::size_t state = kLetters.find(text.front());
    text.remove_prefix(1);
    std::int64_t run = 0;
    if (state == std::string_view::npos || !take_number(text, run)) return false;
    if (run < 1 || run > left) return false;
    push(static_cast<SlotState>(state), static_cast<int>(run));
    left -= static_cast<int>(run);
  }
  return left == 0;
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
  const bool read = (form == ':' && ledger.read_runs(text)) || (form == '=' && ledger.unpack(text));
  if (!read) return bad;
  if (!ledger.holds_runs_) ledger.hold_runs(ledger.most_runs());
  ledger.last_ = last;
  ledger.judged_ = true;
  return ledger;
}

}  // namespace revisitd::rules
