#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "collectors/exposition.h"

namespace revisitd::collectors {

// Reads the ordinary lines of a page at the speed of the memory: sixteen bytes are looked at in one
// go, and nothing is said about what is wrong. Ordinary is a name, labels without blanks, escapes
// or bytes beyond ASCII, one blank, a number, and in the text format perhaps a blank and a
// timestamp. Both formats take such a line, and LineReader reads the same from it; any other line
// is left to that.
//
// What it hands out is lent from the line and from its own buffer, valid until the next call.
class QuickReader {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;

  QuickReader(ExpositionFormat format, const ExpositionLimits& limits)
      : timestamps_(format == ExpositionFormat::prometheus), limits_(limits) {}

  // The sample line at the front of `text`; gives where its newline stands. kNone where the line is
  // not ordinary, or not whole with a few bytes behind it.
  std::size_t sample(std::string_view text, SampleView& out);
  // Only what follows the series, whose end is at `series`: the blank, value and timestamp.
  std::size_t value(std::string_view text, std::size_t series, Reading& out) const;

 private:
  bool timestamps_;  // whole milliseconds, as the text format has them
  ExpositionLimits limits_;
  std::vector<LabelView> labels_;
};

}  // namespace revisitd::collectors
