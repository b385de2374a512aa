package io.github.etcdproxy.okhttp;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Random faults on some links: each is cut, loses data, stalls and refuses. One link at a time is spared, overlapping
 * with the next for some seconds, so that a caller that tries all links finds one that works.
 */
final class Storm {
    private static final int OVERLAP_MILLIS = 4000;
    private static final int ALONE_MILLIS = 4000;

    private final List<FaultyLink> links;
    private final long seed;
    private final boolean[] spared; // guarded by this
    private final CountDownLatch stop = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    Storm(List<FaultyLink> links, long seed) {
        this.links = links;
        this.seed = seed;
        this.spared = new boolean[links.size()];
        this.spared[0] = true;
        for (int i = 0; i < links.size(); i++) {
            int link = i;
            threads.add(new Thread(() -> blow(link), "storm-" + i));
        }
        threads.add(new Thread(this::spareInTurn, "storm-spare"));
    }

    /** Causes faults for some time, then heals all links. */
    void rageFor(int seconds) throws InterruptedException {
        threads.forEach(Thread::start);
        boolean stopped = stop.await(seconds, TimeUnit.SECONDS);
        if (!stopped) {
            stop.countDown();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        links.forEach(FaultyLink::heal);
    }

    private boolean stopsWithin(int millis) {
        try {
            return stop.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void blow(int number) {
        Random random = new Random(seed + number);
        FaultyLink link = links.get(number);
        while (!stopsWithin(50 + random.nextInt(300))) {
            int fault = random.nextInt(4);
            int millis = 200 + random.nextInt(3000);
            if (!begin(number, link, fault)) {
                continue;
            }
            for (int passed = 0; passed < millis && !isSpared(number); passed += 50) {
                if (stopsWithin(50)) {
                    return;
                }
            }
            link.heal();
        }
    }

    private synchronized boolean begin(int number, FaultyLink link, int fault) {
        if (spared[number]) {
            return false;
        }
        switch (fault) {
            case 0 -> link.cut();
            case 1 -> link.loseNextResponse();
            case 2 -> link.stall();
            default -> link.refuse();
        }
        return true;
    }

    private synchronized boolean isSpared(int number) {
        return spared[number];
    }

    private synchronized void spare(int number, boolean yes) {
        spared[number] = yes;
        if (yes) {
            links.get(number).heal();
        }
    }

    private void spareInTurn() {
        int number = 0;
        while (!stopsWithin(ALONE_MILLIS)) {
            int next = (number + 1) % links.size();
            spare(next, true);
            if (stopsWithin(OVERLAP_MILLIS)) {
                return;
            }
            spare(number, false);
            number = next;
        }
    }
}
