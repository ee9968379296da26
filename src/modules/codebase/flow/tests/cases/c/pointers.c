#include "dev.h"

struct ops {
    int (*read)(int);
    int (*write)(int);
};

static int disk_read(int at) { return at; }

static const struct ops disk = {.read = disk_read};

int use(struct dev *dev, int (*then)(int)) {
    const struct ops *ops = dev->ops;
    if (!ops) ops = &disk;
    int (*read)(int) = ops->read;
    return then((*read)(dev->at));
}
