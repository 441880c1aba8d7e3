#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "collectors/http_client.h"
#include "daemon/cli/commands.h"
#include "daemon/config.h"
#include "rules/result.h"

// The API of a running daemon, as commands ask it.
namespace revisitd::daemon::cli {

// Prometheus' HTTP client configuration: basic_auth, authorization, headers, tls_config. The error
// is one line with its place.
Result<HttpPeer> read_peer(const std::string& file);

// One request with the options' credentials. `body` is JSON where there is one.
Result<collectors::FetchResponse> ask(const ClientOptions& options, const std::string& method,
                                      const std::string& path, const std::string& body);

// The `data` of the answer; the error is the API's own words where it has some.
Result<nlohmann::ordered_json> get_data(const ClientOptions& options, const std::string& path);
Result<nlohmann::ordered_json> post_data(const ClientOptions& options, const std::string& path,
                                         const nlohmann::ordered_json& body);

// A member as text: a string as it is, other values as JSON, "" for null and what is not there.
std::string text_of(const nlohmann::ordered_json& json, const char* key);

// Text as one segment or value of a URL.
std::string escape_part(const std::string& text);

// To standard output, line by line as the daemon wrote them; what a record put into them cannot
// reach the terminal raw.
void print_lines(const std::string& text);

// Says so on standard error; kBad.
int complain(const std::string& message);

}  // namespace revisitd::daemon::cli
