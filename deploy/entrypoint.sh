#!/bin/sh
# Starts one role of the image: ours by name, a driver or executor as Spark on Kubernetes asks.
set -eu

role="${1:-api}"
[ $# -eq 0 ] || shift

case "$role" in
    api)
        exec tini -- gluepot serve "$@"
        ;;
    scheduler | worker)
        exec tini -- gluepot scheduler run --role "$role" "$@"
        ;;
    driver)
        # Source: Spark, resource-managers/kubernetes: what BasicDriverFeatureStep passes.
        exec tini -- "$SPARK_HOME/bin/spark-submit" \
            --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
            --deploy-mode client "$@"
        ;;
    executor)
        # Source: as above, BasicExecutorFeatureStep: options come as SPARK_JAVA_OPT_0, _1, ...
        count=0
        while eval "option=\${SPARK_JAVA_OPT_$count:-}" && [ -n "$option" ]; do
            set -- "$@" "$option"
            count=$((count + 1))
        done
        exec tini -- "$JAVA_HOME/bin/java" "$@" \
            "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" \
            -cp "${SPARK_CLASSPATH:-}:$SPARK_HOME/jars/*:/opt/gluepot/jars/*" \
            org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
            --driver-url "$SPARK_DRIVER_URL" \
            --executor-id "$SPARK_EXECUTOR_ID" \
            --cores "$SPARK_EXECUTOR_CORES" \
            --app-id "$SPARK_APPLICATION_ID" \
            --hostname "$SPARK_EXECUTOR_POD_IP" \
            --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" \
            --podName "$SPARK_EXECUTOR_POD_NAME"
        ;;
    *)
        exec tini -- gluepot "$role" "$@"
        ;;
esac
