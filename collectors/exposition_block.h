#pragma once

#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "collectors/exposition_chars.h"

namespace revisitd::collectors {

// Sixteen bytes of a page, and which of them are of a kind: a bit each, the first byte's lowest.
class Block {
 public:
  static constexpr std::size_t kBytes = 16;

  // What was met in many blocks of the bytes that a line's end depends on.
  class Quoting;

#ifdef __SSE2__
  explicit Block(const char* bytes)
      : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))) {}

  // Letters, digits and '_'; metric names may hold ':', which stands behind the digits.
  [[nodiscard]] std::uint32_t name(bool colons) const {
    const __m128i letter = below(_mm_or_si128(bytes_, _mm_set1_epi8(0x20)), 'a', 26);
    const __m128i digit = below(bytes_, '0', colons ? 11 : 10);
    return mask(_mm_or_si128(_mm_or_si128(letter, digit), equal('_')));
  }
  [[nodiscard]] std::uint32_t digits() const { return mask(below(bytes_, '0', 10)); }
  [[nodiscard]] std::uint32_t where(char wanted) const { return mask(equal(wanted)); }
  // What ends a label's value or makes it none of the ordinary: quotes, backslashes, control bytes
  // and bytes beyond ASCII, which are negative.
  [[nodiscard]] std::uint32_t stop() const {
    const __m128i odd = _mm_cmplt_epi8(bytes_, _mm_set1_epi8(' '));
    return mask(_mm_or_si128(_mm_or_si128(equal('"'), equal('\\')), odd));
  }

 private:
  [[nodiscard]] __m128i equal(char wanted) const {
    return _mm_cmpeq_epi8(bytes_, _mm_set1_epi8(wanted));
  }
  static __m128i below(__m128i bytes, char first, char count) {
    const __m128i from_first = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    const __m128i last = _mm_set1_epi8(static_cast<char>(count - 1));
    return _mm_cmpeq_epi8(_mm_min_epu8(from_first, last), from_first);
  }
  static std::uint32_t mask(__m128i found) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(found));
  }

  __m128i bytes_;
#else
  explicit Block(const char* bytes) { std::memcpy(bytes_, bytes, kBytes); }

  [[nodiscard]] std::uint32_t name(bool colons) const {
    const CharClass inside = colons ? kMetricInside : kLabelInside;
    return mask([inside](char c) { return is_class(c, inside); });
  }
  [[nodiscard]] std::uint32_t digits() const {
    return mask([](char c) { return c >= '0' && c <= '9'; });
  }
  [[nodiscard]] std::uint32_t where(char wanted) const {
    return mask([wanted](char c) { return c == wanted; });
  }
  [[nodiscard]] std::uint32_t stop() const {
    return mask([](char c) { return c == '"' || c == '\\' || (c & 0x80) != 0 || c < ' '; });
  }

 private:
  template <class Kind>
  [[nodiscard]] std::uint32_t mask(Kind is) const {
    std::uint32_t found = 0;
    for (unsigned i = 0; i < kBytes; ++i) found |= static_cast<std::uint32_t>(is(bytes_[i])) << i;
    return found;
  }

  char bytes_[kBytes];
#endif
};

#ifdef __SSE2__
class Block::Quoting {
 public:
  void add(const Block& block) {
    quotes_ = _mm_xor_si128(quotes_, block.equal('"'));
    escapes_ = _mm_or_si128(escapes_, block.equal('\\'));
  }
  // The places of a block in which they were met an odd number of times.
  [[nodiscard]] std::uint32_t quotes() const { return mask(quotes_); }
  [[nodiscard]] std::uint32_t escapes() const { return mask(escapes_); }

 private:
  __m128i quotes_ = _mm_setzero_si128(), escapes_ = _mm_setzero_si128();
};
#else
class Block::Quoting {
 public:
  void add(const Block& block) {
    quotes_ ^= block.where('"');
    escapes_ |= block.where('\\');
  }
  [[nodiscard]] std::uint32_t quotes() const { return quotes_; }
  [[nodiscard]] std::uint32_t escapes() const { return escapes_; }

 private:
  std::uint32_t quotes_ = 0, escapes_ = 0;
};
#endif

}  // namespace revisitd::collectors
