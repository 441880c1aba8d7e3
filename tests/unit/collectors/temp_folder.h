#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "rules/time.h"

namespace revisitd::collectors {

// When files of a TempFolder were written, unless said otherwise.
inline constexpr TimePoint kWritten = from_millis(1'780'000'000'000);
inline constexpr TimePoint kLater = kWritten + std::chrono::hours(1);

// A folder of its own that goes away with everything in it.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "revisitd-XXXXXX").string();
    if (!mkdtemp(name.data())) std::abort();
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

  // Writes the file in place and gives it a time of change.
  std::string write(const std::string& name, const std::string& text,
                    TimePoint at = kWritten) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    touch(name, at);
    return file.string();
  }
  void touch(const std::string& name, TimePoint at) const {
    const timespec time{to_millis(at) / 1000, to_millis(at) % 1000 * 1'000'000};
    const timespec times[2] = {time, time};
    utimensat(AT_FDCWD, (path_ / name).c_str(), times, 0);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace revisitd::collectors
