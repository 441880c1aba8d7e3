#include "collectors/exposition_lines.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "collectors/exposition_block.h"
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

// Two blocks of a line at a time.
constexpr std::size_t kStep = 2 * Block::kBytes;

// Where a line ends in the step that holds its first newline; npos where quotes or an escape on the
// way, or in front of it, take a closer look.
std::size_t end_in_step(const Block& low, const Block& high, std::uint32_t newlines,
                        const Block::Quoting& before) {
  const auto where = [&](char wanted) {
    return low.where(wanted) | high.where(wanted) << Block::kBytes;
  };
  const std::uint32_t upto = newlines ^ (newlines - 1);
  const std::uint32_t escapes = before.escapes() | (where('\\') & upto);
  const std::uint32_t quotes = before.quotes() ^ (where('"') & upto);
  const bool plain = escapes == 0 && __builtin_parity(quotes) == 0;
  return plain ? static_cast<std::size_t>(std::countr_zero(newlines)) : std::string_view::npos;
}

}  // namespace

std::size_t quick_line_end(std::string_view text, std::size_t from) {
  Block::Quoting met;
  for (std::size_t at = from; at < text.size(); at += kStep) {
    const char* bytes = text.data() + at;
    std::array<char, kStep> last;
    if (text.size() - at < kStep) {
      last.fill(0);
      std::memcpy(last.data(), bytes, text.size() - at);
      bytes = last.data();
    }
    const Block low(bytes), high(bytes + Block::kBytes);
    const std::uint32_t newlines = low.where('\n') | high.where('\n') << Block::kBytes;
    if (newlines != 0) {
      const std::size_t end = end_in_step(low, high, newlines, met);
      return end != std::string_view::npos ? at + end : end;
    }
    met.add(low);
    met.add(high);
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
