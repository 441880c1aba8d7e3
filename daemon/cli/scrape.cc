#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "collectors/exposition_print.h"
#include "collectors/safe_file.h"
#include "collectors/signal_suggestions.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/fetch.h"
#include "daemon/cli/scrape_limits.h"

namespace revisitd::daemon::cli {
namespace {

using collectors::ExpositionFormat;

constexpr std::size_t kMostBytes = 256u << 20;

struct Page {
  std::string text;
  ExpositionFormat format = ExpositionFormat::prometheus;
  bool unframed = false;
};

Result<Page> fetch_page(const ScrapeOptions& options) {
  collectors::FetchRequest request;
  request.url = options.source;
  request.headers = {
      {"Accept", options.strict ? collectors::kExpositionAccept : scrape_accept(options.features)}};
  request.timeout = options.timeout;
  request.max_wire_bytes = request.max_body_bytes = kMostBytes;
  auto response = fetch(std::move(request));
  if (!response) return response.error();
  if (response->status != 200) {
    const std::string where = response->location.empty() ? "" : "; redirects are not followed";
    return Error{options.source + " answered " + std::to_string(response->status) + where};
  }
  const auto format = collectors::exposition_format_of(response->content_type);
  if (!format) return Error{options.source + ": " + format.error().message};
  const std::size_t first = response->body.find_first_not_of(" \t\r\n");
  if (collectors::is_html_type(response->content_type) && first != std::string::npos &&
      response->body[first] == '<') {
    return Error{options.source + ": looks like an HTML page (Content-Type " +
                 in_quotes(response->content_type) + "), expected metrics"};
  }
  return Page{std::move(response->body), *format, response->unframed};
}

// Without --format, a page that begins as a message must, or ends as OpenMetrics must, is taken for
// it.
ExpositionFormat guess(std::string_view text) {
  if (collectors::looks_like_protobuf(text)) return ExpositionFormat::protobuf;
  return text.ends_with("# EOF\n") || text.ends_with("# EOF") ? ExpositionFormat::openmetrics
                                                              : ExpositionFormat::prometheus;
}

ExpositionFormat format_named(std::string_view name) {
  for (const auto format : {ExpositionFormat::openmetrics, ExpositionFormat::protobuf}) {
    if (name == collectors::exposition_format_name(format)) return format;
  }
  return ExpositionFormat::prometheus;
}

Result<Page> read_page(const ScrapeOptions& options) {
  if (options.source.starts_with("http://") || options.source.starts_with("https://")) {
    return fetch_page(options);
  }
  if (options.source == "-") {
    std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    const ExpositionFormat format = guess(text);
    return Page{std::move(text), format, false};
  }
  auto file = collectors::read_file(options.source, kMostBytes);
  if (!file) return Error{file.error().message};
  const ExpositionFormat format = guess(file->text);
  return Page{std::move(file->text), format, false};
}

void warn_of_limits(const Page& page, ExpositionFormat format, const std::string& file) {
  for (const Diagnostic& d : scrape_limit_warnings(page.text, format, page.unframed, file)) {
    std::cerr << format_diagnostic(d) << "\n";
  }
}

int suggest(const Page& page, ExpositionFormat format, const std::string& file) {
  const auto text = collectors::suggest_signals(page.text, format);
  if (!text) {
    std::cerr << format_diagnostic(collectors::to_diagnostic(text.error(), file)) << "\n";
    return kBad;
  }
  std::cout << *text;
  warn_of_limits(page, format, file);
  return kGood;
}

}  // namespace

int scrape(const ScrapeOptions& options) {
  const auto page = read_page(options);
  if (!page) {
    std::cerr << "revisitd: " << page.error().message << "\n";
    return kBad;
  }
  collectors::PrintOptions print;
  print.format = page->format;
  if (!options.format.empty()) print.format = format_named(options.format);
  print.file = options.source == "-" ? "<stdin>" : options.source;
  if (options.suggest) return suggest(*page, print.format, print.file);
  if (options.strict && print.format == ExpositionFormat::protobuf) {
    std::cerr << "revisitd: " << print.file
              << ": --strict holds text against a specification of text, this page is protobuf\n";
    return kBad;
  }
  print.json = options.json;
  print.strict = options.strict;
  const auto findings = collectors::print_page(page->text, print, [](std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  });
  for (const Diagnostic& d : findings) std::cerr << format_diagnostic(d) << "\n";
  const bool bad = std::any_of(findings.begin(), findings.end(),
                               [](const Diagnostic& d) { return d.severity == Severity::error; });
  if (!bad)
    warn_of_limits(*page, print.strict ? ExpositionFormat::openmetrics : print.format, print.file);
  return bad || std::fflush(stdout) != 0 ? kBad : kGood;
}

}  // namespace revisitd::daemon::cli
