#include "collectors/scrape_request.h"

#include "collectors/exposition_format.h"

namespace revisitd::collectors {
namespace {

std::string timeout_seconds(Duration timeout) {
  std::string text = std::to_string(timeout.count() / 1000);
  if (timeout.count() % 1000 != 0) {
    text += '.' + std::to_string(1000 + timeout.count() % 1000).substr(1);
  }
  return text;
}

}  // namespace

FetchRequest scrape_request(const ScrapeTargetSpec& spec, const HeaderList& proof) {
  FetchRequest request;
  request.url = spec.url();
  request.headers.reserve(spec.job->headers.size() + proof.size() + 2);
  request.headers = spec.job->headers;
  request.headers.emplace_back("Accept", spec.job->accept.empty()
                                             ? std::string_view(kExpositionAccept)
                                             : std::string_view(spec.job->accept));
  request.headers.emplace_back("X-Prometheus-Scrape-Timeout-Seconds",
                               timeout_seconds(spec.scrape_timeout()));
  request.headers.insert(request.headers.end(), proof.begin(), proof.end());
  request.timeout = spec.scrape_timeout();
  request.max_wire_bytes = request.max_body_bytes = spec.job->body_size_limit;
  request.allow_private = spec.job->allow_private;
  request.tls = spec.job->tls;
  request.proxy = spec.job->proxy;
  request.accept_gzip = spec.job->accept_gzip;
  request.require_framing = true;
  return request;
}

}  // namespace revisitd::collectors
