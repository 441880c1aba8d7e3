#include "collectors/scrape_page.h"

namespace revisitd::collectors {

void ScrapePage::head(int status, std::string_view content_type) {
  if (status != 200) return;
  const auto format = exposition_format_of(content_type, format_);
  if (!format) {
    error_ = scrape_error_of_format(format.error(), content_type);
    return;
  }
  format_ = *format;
  // Something that calls itself a web page may be any text: each line has to prove itself.
  if (is_html_type(content_type)) {
    html_type_ = content_type;
    parser_.emplace(*format, stage_, limits_);
  } else {
    parser_.emplace(*format, stage_, limits_, ExpositionScan::wanted_lines, &stage_.memory());
  }
}

bool ScrapePage::take(std::string_view piece) {
  if (!parser_ || error_) return false;
  const PageStatus status = parser_->feed(piece);
  if (!status) error_ = error_of(status.error());
  return !error_.has_value();
}

std::optional<ScrapeError> ScrapePage::finish(const Result<FetchResponse, FetchError>& response) {
  // Ahead of the fetch's own error: a page that is refused ends its fetch.
  if (error_) return error_;
  if (!response) return scrape_error(response.error());
  if (response->status != 200) {
    return scrape_error_of_status(response->status, response->location);
  }
  if (!parser_) head(200, response->content_type);
  if (error_) return error_;
  const PageStatus status = parser_->finish();
  return status ? std::nullopt : std::optional(error_of(status.error()));
}

ScrapeError ScrapePage::error_of(const PageError& error) const {
  if (html_type_.empty() || error.fault != PageFault::html) return scrape_error(error, format_);
  return scrape_error_of_format(Error{error.message}, html_type_);
}

}  // namespace revisitd::collectors
