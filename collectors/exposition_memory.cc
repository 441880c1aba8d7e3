#include "collectors/exposition_memory.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace revisitd::collectors {
namespace {

constexpr std::size_t kLookAhead =
    64;  // entries searched for the place where old and new layout meet again

std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

constexpr std::uint64_t kOdd[] = {0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL,
                                  0x8ebc6af09c88c6e3ULL};

// At least eight bytes are taken together as two words that overlap; fewer are copied together.
std::uint64_t hash_of_few(const char* at, std::size_t bytes) {
  if (bytes >= 8) {
    return fold(word_at(at) ^ kOdd[1], word_at(at + bytes - 8) ^ kOdd[0] ^ bytes);
  }
  char few[8] = {};
  std::memcpy(few, at, bytes);
  return fold(word_at(few) ^ kOdd[1], kOdd[0] ^ bytes);
}

// Sixteen bytes a multiplication, two of them at a time, as wyhash and its kin do; it runs over
// every wanted byte of every page, where std::hash takes eight times as long. The last bytes are
// read together with some that were read before, so that nothing is copied.
std::uint64_t hash_of(std::string_view bytes) {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  if (left <= 16) return hash_of_few(at, left);
  std::uint64_t hash = left ^ kOdd[0];
  std::uint64_t other = left ^ kOdd[2];
  for (; left > 32; at += 32, left -= 32) {
    hash = fold(word_at(at) ^ kOdd[1], word_at(at + 8) ^ hash);
    other = fold(word_at(at + 16) ^ kOdd[2], word_at(at + 24) ^ other);
  }
  if (left > 16) hash = fold(word_at(at) ^ kOdd[1], word_at(at + 8) ^ hash);
  const char* const last = bytes.data() + bytes.size() - 16;
  other = fold(word_at(last) ^ kOdd[2], word_at(last + 8) ^ other);
  return fold(hash ^ kOdd[2], other ^ kOdd[1]);
}

// Whether a series of `bytes` may end there: the blank before the value ends it without a doubt.
bool ends_at(std::string_view line, std::size_t bytes) {
  return line.size() > bytes && line[bytes] == ' ';
}

}  // namespace

void PageMemory::begin_page() {
  now_.clear();
  cursor_ = 0;
  in_step_ = true;
}

std::optional<PageMemory::Known> PageMemory::peek(std::string_view text) const {
  if (cursor_ >= last_.size()) return std::nullopt;
  const Entry& entry = last_[cursor_];
  if (!ends_at(text, entry.bytes)) return std::nullopt;
  if (hash_of(text.substr(0, entry.bytes)) != entry.hash) return std::nullopt;
  return Known{entry.mark, entry.bytes};
}

void PageMemory::accept() {
  if (!in_step_) now_.push_back(last_[cursor_]);
  ++cursor_;
}

void PageMemory::part() {
  if (!in_step_) return;
  in_step_ = false;
  now_.assign(last_.begin(), last_.begin() + static_cast<std::ptrdiff_t>(cursor_));
}

void PageMemory::learn(std::string_view series, SeriesMark mark) {
  if (series.size() > std::numeric_limits<std::uint32_t>::max()) return;
  part();
  const Entry learnt{hash_of(series), static_cast<std::uint32_t>(series.size()), mark};
  now_.push_back(learnt);
  const std::size_t end = std::min(last_.size(), cursor_ + kLookAhead);
  for (std::size_t i = cursor_; i < end; ++i) {
    if (last_[i].hash != learnt.hash || last_[i].bytes != learnt.bytes) continue;
    cursor_ = i + 1;
    return;
  }
}

void PageMemory::end_page(bool keep) {
  if (keep && in_step_ && cursor_ == last_.size()) return;
  if (keep) {
    part();
    now_.shrink_to_fit();
    last_.swap(now_);
  }
  now_ = {};
}

void PageMemory::clear() {
  last_.clear();
  begin_page();
}

}  // namespace revisitd::collectors
