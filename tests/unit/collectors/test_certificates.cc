#include "tests/unit/collectors/test_certificates.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace revisitd::testing {
namespace {
const std::string kNewKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ";
}

TestCertificates::TestCertificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "revisitd-tls-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  run("req -x509 " + kNewKey + "-keyout ca.key -out ca.pem -days 30 -subj /CN=test-authority");
  run("req -x509 " + kNewKey +
      "-keyout self.key -out self.pem -days 30 -subj /CN=localhost -addext "
      "subjectAltName=DNS:localhost,IP:127.0.0.1");
  sign("good", "DNS:localhost,IP:127.0.0.1", "30");
  sign("other", "DNS:other.example", "30");
  sign("expired", "DNS:localhost,IP:127.0.0.1", "-1");
  sign("client", "DNS:client.example", "30");
}

TestCertificates::~TestCertificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void TestCertificates::sign(const std::string& name, const std::string& alternative_names,
                            const std::string& days) const {
  std::ofstream(path(name + ".ext")) << "subjectAltName=" << alternative_names << "\n";
  run("req -new " + kNewKey + "-keyout " + name + ".key -out " + name + ".csr -subj /CN=" + name);
  run("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days " + days +
      " -extfile " + name + ".ext -out " + name + ".pem");
}

void TestCertificates::run(const std::string& arguments) const {
  const std::string command = "cd '" + folder_ + "' && openssl " + arguments + " 2>>log";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl " + arguments);
}

}  // namespace revisitd::testing
