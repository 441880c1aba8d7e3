#include "daemon/cli/api_client.h"

#include <filesystem>
#include <iostream>

#include "collectors/safe_file.h"
#include "daemon/cli/fetch.h"
#include "daemon/config_decode.h"
#include "daemon/peers.h"

namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kConfigBytes = 64 * 1024;

Status add_peer(const ClientOptions& options, collectors::FetchRequest& request) {
  if (options.http_config_file.empty()) return Ok{};
  const auto peer = read_peer(options.http_config_file);
  if (!peer) return peer.error();
  request.tls = peer->tls;
  for (const auto& header : headers_of(*peer)) request.headers.push_back(header);
  const collectors::Credentials credentials = credentials_of(peer->auth);
  if (!credentials) return Ok{};
  const auto headers = credentials();
  if (!headers) return headers.error();
  request.headers.insert(request.headers.end(), headers->begin(), headers->end());
  return Ok{};
}

Result<Json> data_of(const collectors::FetchResponse& response) {
  const Json json = Json::parse(response.body, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    std::string said = response.body.substr(0, response.body.find('\n'));
    if (said.empty() || said.front() == '<') said = "that is not revisitd's API";
    return Error{"the answer is " + std::to_string(response.status) + ": " + said};
  }
  if (json.value("status", "") == "success" && json.contains("data")) return json.at("data");
  return Error{json.value("error", "the API answered " + std::to_string(response.status))};
}

}  // namespace

Result<HttpPeer> read_peer(const std::string& file) {
  const auto text = collectors::read_file(file, kConfigBytes);
  if (!text) return Error{text.error().message};
  rules::Findings findings(file, text->text);
  const auto documents = rules::parse_yaml(text->text, {}, findings);
  HttpPeer peer;
  if (!documents.empty()) {
    rules::YamlMap map(rules::YamlValue(documents.front(), "the HTTP configuration", findings));
    peer = decode_http_peer(map, std::filesystem::path(file).parent_path().string());
    map.finish();
  }
  if (!findings.ok()) return Error{format_diagnostic(findings.list().front())};
  return peer;
}

Result<collectors::FetchResponse> ask(const ClientOptions& options, const std::string& method,
                                      const std::string& path, const std::string& body) {
  collectors::FetchRequest request;
  request.method = method;
  request.url = options.url;
  while (request.url.ends_with('/')) request.url.pop_back();
  request.url += path;
  if (!body.empty()) request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  request.timeout = options.timeout;
  if (const Status added = add_peer(options, request); !added) return added.error();
  return fetch(std::move(request));
}

Result<Json> get_data(const ClientOptions& options, const std::string& path) {
  const auto response = ask(options, "GET", path, "");
  if (!response) return response.error();
  return data_of(*response);
}

Result<Json> post_data(const ClientOptions& options, const std::string& path, const Json& body) {
  const auto response =
      ask(options, "POST", path, body.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!response) return response.error();
  return data_of(*response);
}

std::string escape_part(const std::string& text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    const bool safe = (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') ||
                      c == '-' || c == '.' || c == '_' || c == '~';
    if (safe) {
      out += c;
    } else {
      out += {'%', kHex[b >> 4], kHex[b & 15]};
    }
  }
  return out;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

void print_lines(const std::string& text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::cout << printable(text.substr(begin, end - begin)) << "\n";
    begin = end + 1;
  }
}

int complain(const std::string& message) {
  std::cerr << "revisitd: " << message << "\n";
  return kBad;
}

}  // namespace revisitd::daemon::cli
