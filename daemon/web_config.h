#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/http_server.h"
#include "rules/findings.h"

namespace revisitd::daemon {

// What --web.config.file says, in Prometheus' words.
struct WebConfig {
  std::string cert_file, key_file,
      client_ca_file;  // as given, or below the file's directory when relative
  ClientAuth client_auth = ClientAuth::none;
  bool only_tls13 = false;
  std::map<std::string, std::string> users;  // name to bcrypt hash

  void apply_to(HttpServerOptions& options) const;
};

// Reads the text of the file; `directory` is what relative paths in it start from. Nothing when
// findings got an error.
std::optional<WebConfig> parse_web_config(std::string_view text, const std::string& directory,
                                          rules::Findings& findings);

}  // namespace revisitd::daemon
