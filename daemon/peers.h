#pragma once

#include <memory>
#include <vector>

#include "collectors/promql_source.h"
#include "daemon/config.h"
#include "daemon/discovery.h"
#include "daemon/features.h"

// From what the configuration says of peers to what the collectors take: secrets become credentials
// that read their files anew for every request.
namespace revisitd::daemon {

collectors::Credentials credentials_of(const notify::HttpAuth& auth);  // empty when there are none
collectors::HeaderList headers_of(const HttpPeer& peer);

// What the targets of each job are made of; sources that ask somebody ask through the client,
// which must outlive them.
std::vector<TargetJob> target_jobs(const Config& config, const Features& features,
                                   boost::asio::any_io_executor executor,
                                   collectors::HttpClient& client);
collectors::PromqlServerSpec promql_spec(const PrometheusServer& server);

}  // namespace revisitd::daemon
