/** Runs the tests, or those whose names contain the argument. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

struct Test {
  const char *name;
  void (*body)();
};
std::vector<Test> &allTests();
void runInPool(void (*body)());

int main(int count, char **values) {
  int failed = 0;
  for (const Test &test : allTests()) {
    if (count > 1 && std::strstr(test.name, values[1]) == nullptr) continue;
    // Caught here: Objective-C++ on GNU's runtime cannot catch C++ exceptions.
    try {
      runInPool(test.body);
      std::printf("ok %s\n", test.name);
    } catch (const std::exception &error) {
      failed = 1;
      std::printf("not ok %s: %s\n", test.name, error.what());
    }
    unsetenv("SOFTMETAL_FAIL");
    std::fflush(stdout);
  }
  return failed;
}
