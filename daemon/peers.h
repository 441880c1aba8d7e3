#pragma once

#include <memory>
#include <vector>

#include "collectors/promql_source.h"
#include "collectors/scrape_target.h"
#include "daemon/config.h"

// From what the configuration says of peers to what the collectors take: secrets become credentials
// that read their files anew for every request.
namespace revisitd::daemon {

collectors::Credentials credentials_of(const notify::HttpAuth& auth);  // empty when there are none
collectors::HeaderList headers_of(const HttpPeer& peer);

std::vector<collectors::ScrapeTargetSpec> scrape_targets(const Config& config);
collectors::PromqlServerSpec promql_spec(const PrometheusServer& server);

}  // namespace revisitd::daemon
