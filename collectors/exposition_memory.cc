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

// Sixteen bytes a multiplication, as wyhash and its kin do; it runs over every wanted byte of every
// page, where std::hash takes four times as long.
std::uint64_t hash_of(std::string_view bytes) {
  constexpr std::uint64_t kOdd[] = {0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL,
                                    0x8ebc6af09c88c6e3ULL};
  std::uint64_t hash = bytes.size() ^ kOdd[0];
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left > 16; at += 16, left -= 16) {
    hash = fold(word_at(at) ^ kOdd[1], word_at(at + 8) ^ hash);
  }
  char last[16] = {};
  std::memcpy(last, at, left);
  return fold(fold(word_at(last) ^ kOdd[1], word_at(last + 8) ^ hash) ^ kOdd[2], bytes.size());
}

// Whether a series of `bytes` may end there: the blank before the value ends it without a doubt.
bool ends_at(std::string_view line, std::size_t bytes) {
  return line.size() > bytes && line[bytes] == ' ';
}

}  // namespace

void PageMemory::begin_page() {
  now_.clear();
  cursor_ = 0;
}

std::optional<PageMemory::Known> PageMemory::peek(std::string_view text) const {
  if (cursor_ >= last_.size()) return std::nullopt;
  const Entry& entry = last_[cursor_];
  if (!ends_at(text, entry.bytes)) return std::nullopt;
  if (hash_of(text.substr(0, entry.bytes)) != entry.hash) return std::nullopt;
  return Known{entry.mark, entry.bytes};
}

void PageMemory::accept() { now_.push_back(last_[cursor_++]); }

void PageMemory::learn(std::string_view series, SeriesMark mark) {
  if (series.size() > std::numeric_limits<std::uint32_t>::max()) return;
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
  if (keep) last_.swap(now_);
  now_.clear();
}

void PageMemory::clear() {
  last_.clear();
  now_.clear();
}

}  // namespace revisitd::collectors
