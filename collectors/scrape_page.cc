#include "collectors/scrape_page.h"

namespace revisitd::collectors {

void ScrapePage::head(int status, std::string_view content_type) {
  if (status != 200) return;
  const auto format = exposition_format_of(content_type);
  if (!format) {
    error_ = scrape_error_of_format(format.error(), content_type);
    return;
  }
  parser_.emplace(*format, stage_, limits_, ExpositionScan::wanted_lines, &stage_.memory());
}

bool ScrapePage::take(std::string_view piece) {
  if (!parser_ || error_) return false;
  const PageStatus status = parser_->feed(piece);
  if (!status) error_ = scrape_error(status.error());
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
  return status ? std::nullopt : std::optional(scrape_error(status.error()));
}

}  // namespace revisitd::collectors
