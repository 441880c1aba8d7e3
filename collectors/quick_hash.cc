#include "collectors/quick_hash.h"

#include <cstring>

namespace revisitd::collectors {
namespace {

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

}  // namespace

// Sixteen bytes a multiplication, two of them at a time, as wyhash and its kin do; it runs over
// every wanted byte of every page, where std::hash takes eight times as long. The last bytes are
// read together with some that were read before, so that nothing is copied.
std::uint64_t quick_hash(std::string_view bytes) {
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

}  // namespace revisitd::collectors
