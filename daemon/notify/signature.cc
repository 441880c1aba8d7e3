#include "daemon/notify/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <optional>
#include <stdexcept>

namespace revisitd::daemon::notify {
namespace {

constexpr std::string_view kKeyPrefix = "whsec_";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Nothing when it is no base64.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string decoded(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()), bytes_of(text),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  decoded.resize(static_cast<std::size_t>(size) - padding);
  return decoded;
}

Secret key_bytes(const Secret& key) {
  const std::string_view text = key.reveal();
  if (!text.starts_with(kKeyPrefix)) return key;
  auto decoded = decode_base64(text.substr(kKeyPrefix.size()));
  return decoded ? Secret(std::move(*decoded)) : key;
}

std::string hmac_sha256(const Secret& key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()),
           bytes_of(message), message.size(), digest.data(), &size) == nullptr) {
    throw std::runtime_error("HMAC-SHA256 is not available");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes_of(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string webhook_timestamp(TimePoint timestamp) {
  return std::to_string(
      std::chrono::floor<std::chrono::seconds>(timestamp).time_since_epoch().count());
}

std::string webhook_signature(const std::vector<Secret>& keys, std::string_view id,
                              TimePoint timestamp, std::string_view body) {
  std::string message(id);
  message.append(".").append(webhook_timestamp(timestamp)).append(".").append(body);
  std::string signatures;
  for (const Secret& key : keys) {
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1," + base64(hmac_sha256(key_bytes(key), message));
  }
  return signatures;
}

std::string short_hash(const std::vector<std::string>& parts, std::size_t bytes) {
  std::string text;
  for (const std::string& part : parts) text += std::to_string(part.size()) + ':' + part;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes_of(text), text.size(), digest.data());
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < std::min(bytes, digest.size()); ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 15];
  }
  return hex;
}

}  // namespace revisitd::daemon::notify
