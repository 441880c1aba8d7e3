#include "collectors/tls_contexts.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "collectors/tls_context.h"

namespace revisitd::collectors {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr std::size_t kMaxContexts = 256;

void append_file_identity(std::string& key, const std::string& path) {
  key.append(path).push_back('\0');
  struct stat found{};
  if (path.empty() || ::stat(path.c_str(), &found) != 0) return;
  for (const auto part :
       {static_cast<long long>(found.st_ino), static_cast<long long>(found.st_size),
        static_cast<long long>(found.st_mtim.tv_sec),
        static_cast<long long>(found.st_mtim.tv_nsec)}) {
    key.append(std::to_string(part)).push_back(',');
  }
}

std::string key_of(const TlsOptions* options) {
  if (options == nullptr) return {};
  std::string key = options->insecure_skip_verify ? "open " : "verify ";
  if (options->only_tls13) key += "1.3 ";
  append_file_identity(key, options->ca_file);
  append_file_identity(key, options->cert_file);
  append_file_identity(key, options->key_file);
  return key;
}

const char* from_environment(const char* variable, const char* otherwise) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

// The directory of hashed links is read one certificate at a time as needed; parsing the whole
// bundle costs 25 ms.
void trust_system(ssl::context& context) {
  error_code ignored;
  const char* directory =
      from_environment(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
  const char* named_file = from_environment(X509_get_default_cert_file_env(), nullptr);
  std::error_code no_directory;
  const bool usable = !std::filesystem::is_empty(directory, no_directory) && !no_directory;
  if (usable) context.add_verify_path(directory, ignored);
  if (named_file != nullptr) context.load_verify_file(named_file, ignored);
  if (!usable && named_file == nullptr) context.set_default_verify_paths(ignored);
}

Status use_files(ssl::context& context, const TlsOptions& options) {
  error_code error;
  if (!options.cert_file.empty()) {
    context.use_certificate_chain_file(options.cert_file, error);
    if (error) return Error{"cert_file " + options.cert_file + ": " + error.message()};
    const std::string& key = options.key_file.empty() ? options.cert_file : options.key_file;
    context.use_private_key_file(key, ssl::context::pem, error);
    if (error) return Error{"key_file " + key + ": " + error.message()};
  }
  if (options.ca_file.empty()) {
    trust_system(context);
    return Ok{};
  }
  context.load_verify_file(options.ca_file, error);
  if (error) return Error{"ca_file " + options.ca_file + ": " + error.message()};
  return Ok{};
}

}  // namespace

TlsContexts::TlsContexts() = default;
TlsContexts::~TlsContexts() = default;

Result<std::shared_ptr<TlsContext>> TlsContexts::get(const TlsOptions* options) {
  const std::string key = key_of(options);
  if (const auto found = contexts_.find(key); found != contexts_.end()) return found->second;

  auto made = std::make_shared<TlsContext>(++made_, ssl::context(ssl::context::tls_client));
  SSL_CTX* native = made->context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  const TlsOptions defaults;
  const TlsOptions& wanted = options != nullptr ? *options : defaults;
  if (wanted.only_tls13) SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
  if (auto used = use_files(made->context, wanted); !used) return used.error();
  made->context.set_verify_mode(wanted.insecure_skip_verify ? ssl::verify_none : ssl::verify_peer);

  // Rotated files leave contexts behind; dropping all is cheap, they are made again on demand.
  if (contexts_.size() >= kMaxContexts) contexts_.clear();
  contexts_.emplace(key, made);
  return made;
}

}  // namespace revisitd::collectors
