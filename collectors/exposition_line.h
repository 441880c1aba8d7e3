#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/exposition.h"

namespace revisitd::collectors {

// What is wrong in one line, by the offset into it.
struct LineFault {
  PageFault fault = PageFault::syntax;
  std::size_t offset = 0;
  std::string message;
};

using LineStatus = Result<Ok, LineFault>;

// Reads single lines of one format, without their newline. What it hands out is lent from the line
// and from its own buffers, valid until the next call; once these have grown to the longest line no
// call allocates.
//
// It takes what Prometheus' lexers take and refuses what they refuse. On purpose it is stricter in
// four places, where Prometheus would go on to drop the page or read half of it: a NUL byte outside
// of a quoted label value (one in front of a line is the parser's affair), an empty metric name, a
// name in quotes that is not UTF-8, and a raw newline in the name of a TYPE, HELP or UNIT line.
class LineReader {
 public:
  LineReader(ExpositionFormat format, const ExpositionLimits& limits)
      : openmetrics_(format == ExpositionFormat::openmetrics), limits_(limits) {}

  // A line that starts, after blanks where the format allows them, with a name or a brace.
  LineStatus sample(std::string_view line, SampleView& out);
  // Only what follows the series: value, timestamp and exemplar. `begin` is where the series ends.
  LineStatus value(std::string_view line, std::size_t begin, SampleView& out);

  enum class Comment { plain, metadata, end_of_page };
  struct CommentLine {
    Comment kind = Comment::plain;
    MetadataView metadata;
  };
  // A line that starts, after blanks where the format allows them, with '#'.
  Result<CommentLine, LineFault> comment(std::string_view line);

  // The unquoted metric name at the front of a line, after blanks where the format allows them; ""
  // if none is there.
  std::string_view leading_name(std::string_view line) const;

 private:
  using Step = LineStatus;

  Step read_series(SampleView& out);
  Step read_labels(std::string_view* name);
  Step read_label_or_name(std::string_view* name);
  Step read_label_value(LabelView* label);
  Step read_separator();
  Step read_value(SampleView& out);
  Step read_timestamp(SampleView& out);
  Step read_exemplar(ExemplarView& exemplar);
  Step read_exemplar_label(ExemplarView& exemplar);
  Step read_float(const char* what, double* value);
  Result<CommentLine, LineFault> read_metadata(MetadataView::Kind kind);
  Step read_family(std::string_view* family);
  Step read_type(MetadataView& metadata);
  Step check_unit(const MetadataView& metadata);
  Step read_quoted(const char* what, bool newline_ends, bool nul_allowed, std::string_view* raw);

  bool at_end() const { return at_ >= line_.size(); }
  char peek() const { return at_end() ? '\n' : line_[at_]; }
  void skip_blanks();
  std::string_view take_word(bool colons);
  std::string_view unescape(std::string_view raw, bool quotes);
  LineFault fault(PageFault kind, std::size_t offset, std::string message) const;
  LineFault expected(std::string_view what) const;
  void begin(std::string_view line);

  bool openmetrics_;
  ExpositionLimits limits_;
  std::string_view line_;
  std::size_t at_ = 0;
  std::vector<LabelView> labels_;
  std::string
      unescaped_;  // never shorter than a line that has escapes, so views into it stay valid
  std::size_t unescaped_used_ = 0;
};

}  // namespace revisitd::collectors
