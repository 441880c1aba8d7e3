#pragma once

#include <string>

namespace revisitd::testing {

// An authority and certificates under it, made anew by the openssl command in a temporary folder
// that goes away with it.
class TestCertificates {
 public:
  TestCertificates();
  ~TestCertificates();
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  // "ca.pem" (the authority), "good.pem" (127.0.0.1 and localhost), "other.pem" (other.example),
  // "expired.pem", "self.pem" (self-signed), "client.pem"; each with "NAME.key".
  [[nodiscard]] std::string path(const std::string& file) const { return folder_ + "/" + file; }

 private:
  void run(const std::string& arguments) const;
  void sign(const std::string& name, const std::string& alternative_names,
            const std::string& days) const;

  std::string folder_;
};

}  // namespace revisitd::testing
