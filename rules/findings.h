#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/diagnostic.h"

// Collects what is wrong with one text, so that a person sees every mistake of a file at once.
namespace revisitd::rules {

class Findings {
 public:
  // `file` is named in every diagnostic; `text` is the whole file, of which source lines are shown,
  // without a byte order mark at its front. Both are kept as copies. Errors past `limit` are
  // counted and not kept, and so are warnings past `limit` of their own, and those past three that
  // say the same: no number of warnings hides an error.
  Findings(std::string file, std::string_view text, std::size_t limit = 20);

  void error(Place place, std::string message) { add(place, std::move(message), Severity::error); }
  void warning(Place place, std::string message) {
    add(place, std::move(message), Severity::warning);
  }

  [[nodiscard]] bool ok() const { return errors_ == 0; }
  // Errors so far, those past the limit included: compare two counts to learn whether a stretch was
  // clean.
  [[nodiscard]] std::size_t errors() const { return errors_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& text() const { return text_; }

  // The diagnostics in the order of their places; when warnings or errors were dropped, the last
  // ones say how many.
  [[nodiscard]] std::vector<Diagnostic> list() const;

 private:
  void add(Place place, std::string message, Severity severity);

  std::string file_;
  std::string text_;
  std::size_t limit_;
  std::size_t errors_ = 0;
  std::size_t dropped_warnings_ = 0;
  std::vector<Diagnostic> found_;  // by place
};

// The word of `known` that a person most likely meant by `word`, "" when none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);
// "did you mean `nearest`?", or "expected `a`, `b` or `c`" when nothing is near.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace revisitd::rules
