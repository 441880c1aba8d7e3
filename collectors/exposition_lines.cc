#include "collectors/exposition_lines.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "collectors/exposition_chars.h"
#include "rules/diagnostic.h"

namespace revisitd::collectors {
namespace {

// Whether the number of quotes is odd. Bytes are folded into bytes, which a compiler turns into
// whole vectors at a time; std::count's wide sums cost four times as much.
bool has_odd_quotes(std::string_view bytes) {
  std::uint8_t odd = 0;
  for (const char c : bytes)
    odd = static_cast<std::uint8_t>(odd ^ static_cast<std::uint8_t>(c == '"'));
  return odd != 0;
}

}  // namespace

namespace {

constexpr std::size_t kBlock = 32;

// Where a byte stands in a block, a bit each.
class Block {
 public:
#ifdef __SSE2__
  explicit Block(const char* bytes)
      : low_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))),
        high_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16))) {}
  [[nodiscard]] std::uint32_t where(char wanted) const {
    const __m128i all = _mm_set1_epi8(wanted);
    const auto low = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(low_, all)));
    const auto high = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(high_, all)));
    return low | high << 16;
  }

 private:
  __m128i low_, high_;
#else
  explicit Block(const char* bytes) { std::memcpy(bytes_, bytes, kBlock); }
  [[nodiscard]] std::uint32_t where(char wanted) const {
    std::uint32_t found = 0;
    for (unsigned i = 0; i < kBlock; ++i)
      found |= static_cast<std::uint32_t>(bytes_[i] == wanted) << i;
    return found;
  }

 private:
  char bytes_[kBlock];
#endif
};

}  // namespace

std::size_t quick_line_end(std::string_view text) {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); at += kBlock) {
    char last[kBlock] = {};
    const char* bytes = text.data() + at;
    if (text.size() - at < kBlock) {
      std::memcpy(last, bytes, text.size() - at);
      bytes = last;
    }
    const Block block(bytes);
    const std::uint32_t newlines = block.where('\n');
    const std::uint32_t upto = newlines ^ (newlines - 1);  // the first newline and all before it
    if ((block.where('\\') & upto) != 0) return std::string_view::npos;
    quoted ^= (std::popcount(block.where('"') & upto) & 1) != 0;
    if (newlines == 0) continue;
    return quoted ? std::string_view::npos
                  : at + static_cast<std::size_t>(std::countr_zero(newlines));
  }
  return std::string_view::npos;
}

std::optional<std::string_view> LineCutter::next(std::string_view& piece) {
  if (lent_) carry_.clear();
  lent_ = false;
  for (std::size_t from = 0; !overflowed_;) {
    const std::size_t newline = piece.find('\n', from);
    const bool whole = newline != std::string_view::npos;
    const std::size_t end = whole ? newline + 1 : piece.size();
    see(piece.substr(from, end - from));
    if (carry_.size() + end > limit_) {
      carry_.append(piece.substr(0, limit_ - carry_.size()));
      overflowed_ = true;
      break;
    }
    from = end;
    if (whole) ++newlines_seen_;
    if (whole && quoted_) continue;

    const std::string_view taken = piece.substr(0, end);
    piece.remove_prefix(end);
    if (!whole) {
      carry_.append(taken);
      return std::nullopt;
    }
    kind_ = Kind::undecided;
    newlines_ = std::exchange(newlines_seen_, 0);
    if (carry_.empty()) return taken;
    carry_.append(taken);
    lent_ = true;
    return carry_;
  }
  return std::nullopt;
}

void LineCutter::see(std::string_view bytes) {
  if (kind_ == Kind::undecided) {
    const std::size_t first = count_blanks(bytes);
    if (first == bytes.size()) return;
    kind_ = bytes[first] == '#' ? Kind::comment : Kind::sample;
  }
  if (kind_ == Kind::comment) return;
  // Without escapes the number of quotes decides, and counting is many times as fast as looking at
  // each byte.
  if (!escaped_ && bytes.find('\\') == std::string_view::npos) {
    if (has_odd_quotes(bytes)) quoted_ = !quoted_;
    return;
  }
  see_slowly(bytes);
}

void LineCutter::see_slowly(std::string_view bytes) {
  for (const char c : bytes) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '"') {
      quoted_ = !quoted_;
    } else if (c == '\\') {
      escaped_ = quoted_;
    }
  }
}

std::string shown_source(std::string_view text, int column) {
  constexpr std::size_t kMostInside = 64 * 1024;
  constexpr std::size_t kBehind = 512;
  const auto place = static_cast<std::size_t>(std::max(column, 0));
  if (place > kMostInside) return "";
  return line_of(text.substr(0, place + kBehind), {1, 1});
}

}  // namespace revisitd::collectors
